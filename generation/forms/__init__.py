from generation.forms.brief_filters import BriefFilters
from generation.forms.brief_form import BriefForm
from generation.forms.draft_form import DraftForm
from generation.forms.generate_form import GenerateForm

__all__ = ["BriefFilters", "BriefForm", "DraftForm", "GenerateForm"]
