from generation.models.briefs import Brief
from generation.models.drafts import Draft
from generation.models.fair_use import TeamLimit, TokenCounter
from generation.models.model_versions import ModelVersion
from generation.models.prompts import Prompt, PromptVersion
from generation.models.runs import GenerationRun

__all__ = ["Brief", "Draft", "GenerationRun", "ModelVersion", "Prompt", "PromptVersion", "TeamLimit", "TokenCounter"]
