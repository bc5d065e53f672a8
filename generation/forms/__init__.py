from generation.forms.brief_filters import BriefFilters
from generation.forms.brief_form import BriefForm
from generation.forms.draft_form import DraftForm
from generation.forms.generate_form import ComparisonForm, GenerateForm, UsualForm
from generation.forms.rewrite_form import RewriteForm

__all__ = [
    "BriefFilters",
    "BriefForm",
    "ComparisonForm",
    "DraftForm",
    "GenerateForm",
    "RewriteForm",
    "UsualForm",
]
