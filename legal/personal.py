"""What the tables of this app know of people: see borrowers.personal."""

from __future__ import annotations

from borrowers.personal import PURGED, Personal, numbered
from legal.models import (
    CourtPaper,
    Deadline,
    EvidenceBundle,
    ExhibitPaper,
    LegalPaper,
    LimitationEvent,
    LoanLimitation,
    Mandate,
    Matter,
    Preservation,
)

REGISTER = (
    Personal(
        Matter,
        "case__borrower",
        erased={"judge": "", "clerk": "", "mediator": "", "service_address": "", "end_reason": ""},
        kept=("court_case_no", "courtroom", "appeal_case_no", "enforcement_case_no"),
    ),
    Personal(
        LegalPaper,
        "matter__case__borrower",
        erased={"remarks": "", "content": {}, "figures": {}, "delivery_note": ""},
        kept=("language", "number"),
        documents=("document", "receipt"),
    ),
    Personal(
        CourtPaper,
        "matter__case__borrower",
        erased={"name": numbered(PURGED), "numbers": [], "named": [], "note": ""},
        kept=("upload_path", "mime_type", "sha256", "court_case_no"),
        documents=("document",),
    ),
    Personal(
        Deadline,
        "matter__case__borrower",
        erased={"title": "", "reasons": [], "note": ""},
        kept=("ref", "clause", "grade"),
    ),
    Personal(Preservation, "matter__case__borrower", erased={"what": PURGED}),
    Personal(
        ExhibitPaper,
        "matter__case__borrower",
        erased={"name": PURGED, "source": "", "proves": "", "remarks": ""},
        documents=("document",),
    ),
    Personal(
        EvidenceBundle,
        "matter__case__borrower",
        erased={"manifest": {}},
        kept=("number", "pdf_sha256", "zip_sha256"),
        documents=("pdf", "zip"),
    ),
    Personal(LoanLimitation, "loan__borrower", erased={"reasons": []}),
    Personal(LimitationEvent, "loan__borrower", erased={"note": ""}, documents=("proof",)),
    # A creditor's paper: about no borrower, though its file could be.
    Personal(Mandate, "document__borrower", kept=("reference",), documents_kept=("document",)),
)
