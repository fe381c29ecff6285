"""What keeps a sentence from standing alone, and what can be cut off: for `statements`."""

from __future__ import annotations

import re

LABEL = re.compile(
    r"^[A-Z][A-Za-z ]{2,40}[-–—]\s+(?=[A-Z])"
    r"|^(?:[-*•●○▪◦·§]|\(?\d{1,2}[.)])\s+|^\*\*[^*]{2,60}\*\*:?\s*"
    r"|^(?:[A-Z][\w&,]*\s){1,5}[-–—]\s+(?=[A-Z])|^[A-Z][\w ,&/-]{2,50}:\s+(?=[A-Z])"
    r"|^[A-Z]{3,}[A-Z ]*(?:,? [\w .]{2,20})?(?:\s[-–—]|:)\s+(?=[A-Z])"
    r"|^[A-Z0-9][^.:;]{2,70}?[a-z]\s(?=As of [A-Z]|During (?:the|20)|For the (?:year|quarter)"
    r"|Our [a-z]|We [a-z]|In (?:20\d\d|the (?:first|second|third|fourth)|[A-Z][a-z]+ 20\d\d))"
)
UNUSABLE = re.compile(
    r"^an? (?:decrease|increase|reduction|improvement) in\b(?!.*\b(?:was|were|had|would|led|is)\b)"
    r"|^(?:added|increased|decreased|achieved|completed|reduced|generated|returned|received|sold"
    r"|acquired|recorded|issued|paid|repaid|declared|entered)\b"
    r"|\bmostly related to\b|\b(?:of|for|with|in|at|on|to|from|by|and|the|than|as|was|were|due"
    r"|that|because|extent|a|an)\.$"
    r"|^[^()]*[)]|[(][^()]*$|[\"“”|\t?!:]|\(\d[\d.,]*\)|https?:"
    r"|\b(?:table|chart|graph|tables) (?:below|above)\b"
    r"|\bfollowing (?:table|discussion)|\b(?:see|refer to) (?:note|item|part|also)\b"
    r"|forward-looking"
    r"|\b(?:he|she|his|her|him|I|my|you|your)\b|\bas follows\b"
    r"|non-GAAP (?:financial )?measures?\b|critical accounting"
    r"|§|^if\b.*\bwould have\b|^(?:includes?|reflects?)\b"
    r"|\bdiscussed (?:below|above|further)|\bdescribed (?:below|above)"
    r"|\bfigures below\b|\bin conjunction with\b",
    re.IGNORECASE,
)
LISTED = re.compile(r"\b20\d\d, 20\d\d,? and 20\d\d\b|\brespectively\b", re.IGNORECASE)
"""Figures and years in lists of their own, which a reader has to put together."""
POLICY = re.compile(
    r"\b(?:is|are) (?:recogni[sz]ed (?:when|as|over|upon|in the period|at)|recorded (?:when|at|as)"
    r"|amorti[sz]ed|accreted|tested for|reviewed for|evaluated for|measured at|stated at|carried at"
    r"|required to make|subject to (?:judge?ment|estimation)|reflected in|included (?:in|within)"
    r"|based on (?:assumptions|estimates)|limited to the amount|classified as)\b"
    r"|\b(?:accounting|valuation|pricing) (?:policy|policies|models?|services?)\b"
    r"|\buseful (?:life|lives)\b"
    r"|\bcritical (?:accounting|audit)|\bmanagement['’]s (?:estimates?|judge?ments?)"
    r"|\b(?:primarily|principally|generally) (?:relates?|consists?) (?:to|of)\b"
    r"|\bconsists? (?:of|primarily)\b"
    r"|\b(?:engages? in|includes? (?:gains|the|all|revenues?) |is headquartered"
    r"|dating (?:back )?to|was (?:incorporated|founded|organized))\b"
    r"|\b(?:equals the|divided by|elected to be taxed|is one of the (?:largest|leading))\b"
    r"|\bis the (?:sensitivity|risk|amount|difference|excess|ratio)\b"
    r"|\bmust be (?:measured|recogni)|\bpolic(?:y|ies) (?:limits?|requires?|provides?|is to)\b"
    r"|\binvests (?:primarily )?in\b"
    r"|\bmay be (?:structured|required)\b|\bmust, among\b|\bfrom time to time\b|\bthe following\b"
    r"|\bis calculated\b|\bas (?:defined|determined) (?:by|in)\b|\bASC \d|\bFASB\b|\bIFRS \d",
    re.IGNORECASE,
)
"""What is so in every year: how figures are made, and what the company is."""
INSTRUCTION = re.compile(
    r"\b(?:ignore|disregard|forget)\b.{0,40}\b(?:instruction|prompt|previous|above)"
    r"|\b(?:system prompt|as an ai|language model)\b|<\s*\|",
    re.IGNORECASE,
)
OPENERS = re.compile(
    r"^(?:however|meanwhile|moreover|furthermore|in addition|additionally|also|still|yet|but|and"
    r"|nevertheless|nonetheless|as a result|consequently|accordingly|therefore|thus|by contrast"
    r"|in contrast|conversely|on the other hand|in particular|specifically|overall|in fact"
    r"|of course|similarly|likewise|finally|instead|otherwise)(?:,\s+|\s+(?=[A-Z]))",
    re.IGNORECASE,
)
BARE_OPENERS = re.compile(r"^(?:but|and|yet|so|still)\s+(?=\w)", re.IGNORECASE)
INSERTED = re.compile(
    r",\s(?:however|meanwhile|moreover|by contrast|in contrast|in turn|therefore|on the other hand"
    r"|though|as expected|of course|in effect)(?:,|(?=\.$))|\s(?:nevertheless|nonetheless"
    r"|consequently|thus|therefore)(?=\s\w)"
    r"|(?<=\w)\salso(?=\s)|,?\stoo(?=\.$)",
    re.IGNORECASE,
)
_HEAD = (
    r"(?:[Cc]hief|[Mm]anaging|[Ff]inance|[Gg]roup|[Pp]resident|[Cc]hair\w*)"
    r"(?:\s(?:chief|executive|financial|operating|finance|director|officer|boss|head|and)){0,3}\s"
)
"""Title of somebody who speaks for a company, unlike an analyst."""
ATTRIBUTION = re.compile(
    rf",\s(?:(?:{_HEAD})?[A-Z][\w’'-]+(?:\s[A-Z][\w’'-]+){{0,2}}|he|she|they|management"
    r"|the company)\s"
    r"(?:said|says|added|argues|explained|admits|noted|wrote|told [a-z]+)\b[^,.]*"
    r"(?:(?=, and)|,|(?=\.$))"
)
COMPARATIVE = re.compile(
    r"(?<=[\w%])(?<!\bof)(?<!\bto)(?<!\bby)(?<!\bfrom)(?<!\bwas)(?<!\bwere)(?<!\band)"
    r"\s\(\d[\d.,]*%?\)"
)
"""The figure of the year before, in brackets behind the year's own."""
BARE_FIGURE = re.compile(r"(?:[$€£¥₹]|[A-Z]{1,3}[$€£]|[A-Z]{3} )?\d")
DANGLING = re.compile(
    r"^(?:(?:it|its|this|these|those|that|they|their|he|she|such|here|there|both|each|neither"
    r"|either|another|others|then|so|not|what|who|how|why|one (?:of|in)|part|none|nobody|nothing"
    r"|behind|against|on top|elsewhere|without|half (?:of|the)|about half|most of (?:it|them)"
    r"|(?:a|the) (?:third|quarter|half) of (?:that|it|them))\b"
    r"|some (?!\d)|of (?:that|those|these|the|this|its)\b|in return|as such|for (?:example"
    r"|instance|its part)"
    r"|(?:at|after|until|since|in|from|with|to|by|for|on|under) (?:that|those|this|these|then|it"
    r"|them|both)\b"
    r"|the (?:former|latter|rest|others?|remainder|remaining|same|two|three|four|five|six|seven"
    r"|eight"
    r"|reason|reasons|answer|question|idea|lesson|trouble|arithmetic|aim|change|move|gap|effect)\b"
    r"|[$€£¥]\d[\d.,]*(?: (?:million|billion|thousand))? (?:was|were|is|are)\b"
    r"|the (?:increase|decrease|decline|rise|fall|drop|growth|reduction|improvement|difference)"
    r"\s(?:was|were|is|reflects?|reflected|resulted|came)\b"
    r"|the (?:earlier|previous|prior) (?:range|guidance|outlook|forecast|target)\b"
    r"|the (?:first|second|third|fourth|last|next)\b(?![- ](?:quarter|half|fiscal))"
    r"|(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|more|fewer|most|many|several"
    r"|all|any|other)\s(?:such|more|others?|of|are|were|have|will|remain|had|did|would)\b"
    r"|(?:closure|replacement|completion|construction|commissioning|approval|installation|talks"
    r"|work"
    r"|delivery|deliveries|settlement|failure|success|compensation)\s(?!of\b|for\b|at\b|in\b|on\b"
    r"|with\b|about\b)"
    r"|(?:at|in|on|for) the (?:first|second|third|other)(?=,)"
    r"|the (?:largest|biggest|main|first|second|third) \w+ (?:is|was|has)\b"
    r"|together (?:they|these|those)\b|\w+ (?:such|of them|of these|of those)\b)",
    re.IGNORECASE,
)
BARE_NOUN = re.compile(
    r"^the (?!effective tax rate|order book)(?:segment|division|unit|site|plant|mill|gain"
    r"|figures?|results?|charge|shortfall|increase"
    r"|decrease|decline|rise|fall|drop|project|programme|program|deal|contract|contracts|offer"
    r"|offering|measures?|sum|amount|savings?|difference|line|loan|facility|bond|forecast|proceeds"
    r"|purchase|sale|agreement|range|price|prices|policy|proposal|tender|review|ship|furnace"
    r"|machine"
    r"|system|product|drug|order|orders|bid|case|claim|penalty|tax|cost|costs|work|problem|damage"
    r"|business|decision|payments?|investment|merger|transaction|acquisition|re-measurement"
    r"|plan|target|goal|strategy|award|settlement|fund|grant|upper|lower|extended|present|new|old|"
    r"former|deadline|guidance|outlook|shift|launch|store|stores|delay|clause|shares"
    r"|advocate|agency|customers?|union|suppliers?|buyers?|regulators?|landlords?|ministry|lost"
    r"|lower"
    r"|higher|extra|additional|larger|smaller|bigger|biggest|request|filing|operator|process"
    r"|stoppage|outage"
    r"|covenant|estimate|rate|rates|ratio|test|tests|improvement|growth|tax benefit|effective)"
    r"\s(?!of\b|for\b|at\b|in\b|from\b|between\b|on\b|with\b|to (?!be\b)|rate on)",
    re.IGNORECASE,
)
ANAPHORA = re.compile(
    r"\b(?:such (?!as\b)|(?<!that )there(?! (?:is|are|was|were|has|have|will)\b)"
    r"|that (?:year|quarter|month)"
    r"|(?:that|this) (?:figure|sum|saving|amount|range|plan|date|gap|total|book"
    r"|length|business|week|weekend"
    r"|price|level|cost|money|point|goal|period|time|number|division|unit"
    r"|segment|contract|deal|view|risk|loan|change|decision|charge|ratio|rate)|(?:those|these) \w+"
    r"|of (?:it|them|these|those|that|this)\b|replied that|all (?:two|three|four|five|six|seven"
    r"|eight|nine|ten)(?=[,.]|$)|the (?:former|latter|other|others|others')\b"
    r"|(?<!at )the same\b(?! \w+ (?:of 20\d\d|in 20\d\d|(?:a|one|the) year|last year"
    r"|(?:in|of) the (?:previous|prior|preceding) year)|[- ]store)"
    r"|of the (?:two|three|four)\b|by which time|for (?:both|it)\b|as (?:it|they) (?:had|did)"
    r"|than (?:it|they)|says? (?:that )?(?:it|they)|said (?:that )?(?:it|they)|until then"
    r"|since then|to do so|did so|the one\b|(?:in|at|to|by) them\b"
    r"|\d+ more(?= (?:this|next|by|in|at|on|over|within)\b|[,.])"
    r"|instead$|the (?:division|segment|unit|site|plant)['’]s|the above|mentioned|referenced)",
    re.IGNORECASE,
)
OF_IT = re.compile(r"of (?:it|them|these|those|that|this)", re.IGNORECASE)
"""May mean what its own sentence says before."""
INTRODUCED = re.compile(
    r"^(?:if|when|once|after|as|because|since|while|although|should)\s[^,]+,\s", re.I
)
ROLE = (
    r"(?:executive|officer|director|president|chair\w*|treasurer|manager|analyst|minister|founder"
    r"|head"
    r"|boss|captain|secretary|partner|economist|engineer|adviser|scientist)"
)
NAME = r"[A-Z][\w’'-]+(?:\s[A-Z]\.)?(?:\s(?:de|van|von|da)\b)?(?:\s[A-Z][\w’'-]+)+"
INTRODUCTION = re.compile(
    rf"(?:{ROLE}|Mr\.|Ms\.|Mrs\.|Dr\.)\s(?P<one>{NAME})"
    rf"|(?P<two>{NAME})(?=,\s(?:the\s(?:[\w’']+\s){{0,3}}{ROLE}|who|chief"
    rf"|its|head|a|\w+ {ROLE})\b)"
    rf"|(?P<three>{NAME})(?=\s(?:said|says|has been (?:chief|finance)|told|argues|admits"
    rf"|wrote)\b)",
)
SPEAKER = re.compile(
    rf"^{_HEAD}{NAME}\s(?:said|says|added|noted|explained)(?:\son\s[A-Z][a-z]+)?(?:\sthat)?\s"
    r"(?!it\b|he\b|she\b|they\b|we\b)"
)
"""The head of a company before what it reports: `Chief executive Ann Lee said that ...`."""
SPEAKS_OF_ITSELF = re.compile(
    rf"^(?P<name>{NAME})\s(?:said|says)(?:\son\s[A-Z][a-z]+)?\s(?:that\s)?it\s(?=would\b|will\b|had\b)"
)
HEAD_OF_COMPANY = re.compile(
    rf"^{_HEAD}{NAME}(?=\s(?:expects?|forecasts?|confirmed|confirms|announced|raised|lowered|cut|sees|plans"
    r"|withdrew|has launched|launched|proposed|put)\b)"
)
"""Who speaks for a company, before what the company does."""
COMPANY_NOUN = re.compile(
    r"^the (?:(?:company|group|corporation|bank|trust|cooperative|firm|chain|airline|retailer"
    r"|builder|insurer|utility|manufacturer|partnership)(?P<own>['’]s)?(?=\s)"
    r"|(?!parent|other|rival|private|former|first|second)(?:[\w-]+ ){1,2}(?:company|group|chain"
    r"|airline|retailer|builder|insurer|lender|utility|carrier|maker|operator|producer|brewer)"
    r"(?=\s(?:reported|posted|earned|recorded|received|raised|lowered|sold|expects|closed)\b))",
    re.IGNORECASE,
)
COMPANY_PRONOUN = re.compile(
    r"^it (?=(?:expects|plans|intends|aims|raised|lowered|cut|kept|confirmed|forecasts|reported"
    r"|earned|will|has|sold|bought|repaid|spent|agreed|guides|proposes|now|had|must|closed|ended"
    r"|proposed|announced|booked|posted|needs|wants|halved|doubled|increased|reduced|launched|opened"
    r"|hired|employs|paid|took|invested|shipped|signed|won|borrowed|issued|drew)\b)",
    re.IGNORECASE,
)
CUTS = re.compile(
    r";\s|,\s(?=(?:which|while|although|whereas|where|whose|including|because|since|a|an|the"
    r"|measures|partly|mainly|primarily|partially|chiefly|thanks|due|as|so|not|with|but|after"
    r"|when|most|half|two-thirds|helped|driven|supported|offset|reflecting|representing|resulting"
    r"|in|by which)\s)"
    r"|,\sand\s(?=\w+(?:\s\w+){0,5}?\s(?:is|are|was|were|has|have|had|will|rose|fell|expects?|plans"
    r"|intends|wants|sees|increased|decreased)\b)"
    r"|\s(?=(?:primarily |mainly |partly |partially |principally "
    r"|largely )?(?:due (?:primarily )?to"
    r"|as a result of|because|which|driven (?:primarily |mainly )?by|related to|resulting from"
    r"|reflecting|attributable to)\s)"
)
LAST_CUTS = re.compile(
    rf"{CUTS.pattern}|,\s(?=(?:compared|versus|up|down|or|from)\s)"
    r"|\s(?=(?:as )?(?:compared|versus)\s)"
    r"|\sand\s(?=(?:[a-z]+\s){1,5}of\s[$€£\d])"
)
"""With comparisons and second amounts, which are worth more words."""
COORDINATE = re.compile(
    r",?\s(?:and|while|but)\s(?:(?:at the same time|meanwhile),?\s)?|;\s(?:meanwhile,?\s)?"
)
"""Between two clauses that can be sentences each."""
_BASE_VERBS = (
    "expect believe anticipate plan intend continue forecast estimate see remain operate serve"
    " generate target project aim need want own employ sell offer look consider begin hold raise"
    " lower confirm propose reiterate reaffirm guide maintain assume keep spend pay invest buy add"
    " open close build make take give get report record recommend receive use run lead hope seek"
    " include exclude know think feel work move bring drive deliver grow increase reduce improve"
    " find narrow"
)
_SAME_VERBS = (
    "had will may could would should must can cannot did sold paid spent began made incurred held"
    " saw grew bought got took gave drove won built brought came went kept left lost met ran set"
    " cut put led repaid rose fell"
)
WE_VERBS = {
    "are": "is",
    "were": "was",
    "have": "has",
    "do": "does",
    **{verb: f"{verb}s" for verb in _BASE_VERBS.split()},
    **{verb: verb for verb in _SAME_VERBS.split()},
}
"""Verbs behind `we`, and behind the company's name; those in -ed stay as they are."""
WE = re.compile(
    r"\bwe\s(?P<adverb>(?:now|still|also|currently|recently|again|just)\s)?(?P<verb>\w+)",
    re.IGNORECASE,
)
WE_ALSO = re.compile(r"\band\s(?P<adverb>(?:now|still|also|currently)\s)?(?P<verb>\w+)\b")
"""A second verb of the same subject."""
METRIC = re.compile(
    r"^(?:(?:total|net|operating|gross|adjusted|pre-tax|consolidated|group|organic|underlying|free"
    r"|annual|full-year|quarterly|first-quarter|second-quarter|third-quarter|same-\w+)\s){0,3}"
    r"(?:revenues?|sales|income|profit|margin|margins|earnings|debt|cash flow|leverage|EBITDA"
    r"|operating cash|cash|orders|volumes|shipments|inventory|inventories|turnover)\b",
    re.IGNORECASE,
)
OUTLOOK = re.compile(r"\b(?:forecasts?|guidance|dividend|expects?)\b")
