"""On what law a demand rests, in our own words, by contact pack and language.

China: Civil Code (民法典) articles 675 (repay on the agreed day), 676 (interest when late) and 577 (liability for
breach). Elsewhere the letter rests on the contract alone: a lender's counsel adds what applies there.
"""

from __future__ import annotations

_CHINA = {
    "zh-hans": (
        "《中华人民共和国民法典》第六百七十五条：借款人应当按照约定的期限返还借款。",
        "《中华人民共和国民法典》第六百七十六条：借款人未按约定期限返还借款的，应当按照约定或者国家有关规定支付逾期利息。",
        (
            "《中华人民共和国民法典》第五百七十七条：一方不履行合同义务或者履行不符合约定的，应当承担继续履行、"
            "采取补救措施或者赔偿损失等违约责任。"
        ),
    ),
    "en": (
        "Civil Code of the People’s Republic of China, article 675: a borrower repays the loan on the agreed day.",
        "Civil Code, article 676: a borrower who repays late pays interest for the delay, as agreed or as the law sets.",
        (
            "Civil Code, article 577: a party that does not perform its contract as agreed performs it still, remedies the "
            "failure or makes good the loss."
        ),
    ),
}
_CONTRACT = {
    "zh-hans": ("上述借款合同关于按期还款的约定。",),
    "en": (
        "The repayment terms of the loan agreement named above, which fix the amount and the date of each instalment.",
    ),
}


def legal_basis_for(pack: str, language: str) -> tuple[str, ...]:
    """The sentences for a creditor's contact pack ("cn", "us_reg_f", "uk") in "zh-hans" or "en"."""
    return (_CHINA if pack == "cn" else _CONTRACT)[language]
