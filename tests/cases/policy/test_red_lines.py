"""Red lines: what may never be written, and harmless sentences that look like it."""

import pytest

from cases.policy.red_lines import lint_text, marked_parts

FORBIDDEN_ZH = (
    """
再不还款将坐牢|我们会让你坐牢|公安机关将对您拘留|将对您采取逮捕措施|已被网上通缉|将追究您的刑事责任|您的行为构成诈骗|涉嫌诈骗罪|将被判刑|限制人身自由
法院通知：您已被起诉|请查收法院传票|案件已立案|法院已受理您的案件|公安局来电|派出所已备案|检察院将介入|本院依法通知您|司法所调解通知|执行局将上门
将您列入黑名单|您将成为失信被执行人|将限制高消费|影响您子女上学|子女无法考公务员|不能乘坐高铁|冻结您名下全部账户|影响孩子前途|工资将被扣|全网通报
我们将通知您的家人|将联系您的单位|致电您的亲友|拜访你的公司|爆通讯录|公开曝光您的信息|曝光您|上门催收|上门讨债|朋友圈曝光
你这个老赖|骗子|无赖|不要脸|后果自负|我们不择手段|等着瞧|要你好看|小心点|赖账
需支付催收费200元|加收手续费|手续费另付|上门费由您承担|缴纳解冻费|借新还旧|再借一笔先还上|向亲友借钱|请转入我的微信|刷信用卡还款
联系你父母|告知您的领导|走访您的邻居|户籍地走访|张贴公告|公布您的照片|让你身败名裂|人渣|以贷养贷|保证金
开庭通知|立案通知书|经侦已介入|官方通知|强制执行通知|网警|限高令已下|查封您的房产|刑事立案|抓你
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
HARMLESS_ZH = (
    """
请于3月7日前还款|如有困难请致电我们协商|如已还款请忽略|我们不会联系您的家人|我们绝不会通知您的单位|我们不会曝光您的信息|我们不收取任何催收费|不会另行收取任何催收费|您可以就该笔款项提出异议
如至该日仍未处理，我们可能委托律师事务所向您发函|债权人可依法向人民法院提起诉讼|可依法申请财产保全|依据民法典第六百七十五条|诉讼费用由败诉方承担|如逾期仍未清偿，债权人保留提起诉讼的权利
还款后请保留凭证|请勿向任何个人转账|官方账户如下|我司客服电话|您可以随时查询明细|投诉电话|您的账户已逾期30天|信用报告将如实报送|请核对收款账户|感谢您的配合
如您为担保人|您有权要求减免|可申请分期还款|延期方案需经审批|手续费为0|本息合计|本短信由系统发送|回复TD退订|请在工作时间联系|祝您生活愉快|我们尊重您的隐私|可通过对公账户还款|协商还款方案|温馨提醒|结清后出具结清证明|请提供付款凭证
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
FORBIDDEN_EN = (
    """
You will be arrested|you will go to jail|prison awaits you|we will have you imprisoned|this is a criminal offence|criminal charges follow|you will be prosecuted|a warrant is out|fraud charges|you will be in custody
Court notice|this is a summons|you are served a subpoena|the police will come|the sheriff will visit|government agency notice|official notice|final legal notice|bailiffs will come|federal officer
you will be blacklisted|your wages will be garnished|wage garnishment starts|we will seize your car|we take your house|we freeze all your accounts|you will lose your job|deportation|this will ruin your credit|you will never get a loan
we will call your employer|we tell your family|we will contact your neighbours|we notify your boss|we visit your workplace|we will publish your name|we expose you|everyone will know|we post it on social media|public list of debtors
you are a deadbeat|you thief|fraudster|liar|scum|pay now or else|you will regret it|suffer the consequences|watch your back|we know where you live
a collection fee of 50 applies|collection charges are added|a visit fee is due|additional fees will be added|processing fee|take out another loan|borrow from friends|borrow money from your family|use a credit card to pay|pay it into my account
speak to your spouse|write to your relatives|inform your colleagues|call your parents|contact your friends|shame on you|last warning|we come after you|we make you pay|idiot
behind bars|handcuffs|felony|criminal record|criminal proceedings|docket number|district attorney|on behalf of the court|tax office|cut off your electricity
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
HARMLESS_EN = (
    """
Please pay by 7 March|call us if you need help|if you have paid, thank you|we will never contact your employer|we will not tell your family|you cannot be arrested for this debt|no one goes to prison for this debt
there is no collection fee|we never charge a collection fee|without any additional fees|you may dispute this debt|we may ask a law firm to write to you|the creditor may bring a claim in court|court costs are borne by the losing party
your account is 30 days overdue|we report truthfully to credit agencies|ask for an instalment plan|a waiver needs approval|keep your receipt|do not transfer money to private persons|our office is open from nine|your privacy matters to us
the policeman's helmet is warranted|arresting developments|the jailer|a public holiday|we look for a solution together|free debt advice is available|breathing space|this is an attempt to collect a debt|reply STOP to stop these messages
the total is as follows|principal and interest|the guarantor|your letter arrived|we paused collection|the complaint line|thank you for your payment|settlement certificate|please quote the reference|you can pay by transfer|the due date|we do not call your colleagues
""".replace("\n", "|")
    .strip("|")
    .split("|")
)


@pytest.mark.parametrize("text", FORBIDDEN_ZH + FORBIDDEN_EN)
def test_it_is_found(text):
    assert lint_text(text), text


@pytest.mark.parametrize("text", HARMLESS_ZH + HARMLESS_EN)
def test_it_is_left_alone(text):
    assert lint_text(text) == [], text


def test_there_are_enough_of_each():
    assert min(len(FORBIDDEN_ZH), len(FORBIDDEN_EN)) >= 80
    assert min(len(HARMLESS_ZH), len(HARMLESS_EN)) >= 40


def test_a_denial_counts_in_its_own_sentence_alone():
    assert lint_text("We will not wait. You will be arrested.")
    assert lint_text("我们不会再等。您将坐牢")


def test_the_words_are_marked_where_they_stand():
    text = "您若不还将坐牢，后果自负。"
    findings = lint_text(text)
    assert marked_parts(text, findings) == [
        ("您若不还将", False), ("坐牢", True), ("，", False), ("后果自负", True), ("。", False),
    ]  # fmt: skip
    assert all(finding.source for finding in findings)
    assert "".join(part for part, _ in marked_parts(text, findings)) == text
