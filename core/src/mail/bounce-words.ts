/** Words by which servers refuse mail, in bounces of many languages, and what they mean. The first that matches counts: from the special to the general. */
import { type BounceWords, FOREIGN_WORDS } from './bounce-words-foreign.ts'

/** All patterns are linear: bounded gaps, no nested repetition. */
export const BOUNCE_WORDS: readonly BounceWords[] = [
  {
    class: 'recipient_rate',
    pattern:
      /recipient has exceeded their limit|recipient .{0,40}(?:too many|receiving) (?:messages|mail).{0,20}(?:rate|quickly|hour)|receiving limits?/i,
    decisive: true,
  },
  {
    class: 'rate_limited',
    pattern:
      /(?:hourly|daily|monthly|sending|submission|outbound|relay|per[ -](?:second|minute|hour|day|domain)|connection).{0,30}(?:quota|limit)|exceed(?:s|ed|ing)?\b.{0,30}(?:connection|sending|rate|thread)s? (?:limit|rate)|threshold exceeded|exceeded (?:the )?(?:permitted|allowed) limits?|too many (?:smtp )?(?:sessions|connections)/i,
    decisive: true,
  },
  {
    class: 'mailbox_full',
    pattern:
      /(?:mail ?box|mail ?folder|inbox|account|recipient|user|storage|quota|disk|maildir)\b.{0,60}(?:\bis full\b|\bfull\b(?! name)|over ?quota|over (?:the )?(?:allowed |disk |storage )?(?:quota|limit)|quota (?:exceeded|is exceeded)|exceed(?:s|ed|ing)? (?:its |the |their |his |storage |mailbox |disk )?(?:storage |mailbox |size |disk )?(?:local |allowed |maximum )?(?:quota|limit|allocation|size)|out of (?:storage|disk) ?space|insufficient (?:disk |storage )?(?:space|storage)|(?:would )?exceed(?:s|ed)? (?:the |its )?(?:maximum )?(?:allowed )?(?:disk |storage))|(?:disk|user|storage|mailbox|mail|allowed|recipient)s? ?quota|quota (?:violation|limit|full|is full|reached)|over (?:its |the |their |his )?(?:disk |allowed |mail )?quota|full (?:mail ?box|inbox)|(?:exceed(?:s|ed)|over) (?:its |the |his )?(?:disk|storage) (?:space |storage )?(?:allocation|limit|quota)|space has been used up|(?:inbox|mailbox)\b.{0,20}size limit|size limit.{0,30}(?:inbox|mailbox)|too many messages (?:on|in) |too much mail data|quota_exceeded|not have enough space|out of storage|(?:over ?quota|quota ?exceeded|exceeded.{0,20}quota|not enough (?:storage|disk) space|insufficient (?:system )?storage.{0,30}(?:user|mailbox)|mailfolder is full|too many messages in (?:the|this) mailbox|mailbox size limit|exceed(?:s|ed)? (?:its|the|their|his) (?:\w{1,20} )?quota|exceeds? (?:the )?allowed size)|552 5\.2\.2/is,
    decisive: true,
  },
  { class: 'unknown_user', pattern: /recipient address(?:es)? rejected ?: ?access denied/i },
  { class: 'policy', pattern: /administrative(?:ly)? prohibit/i },
  {
    class: 'sender_refused',
    pattern:
      /sender(?:'s)? (?:e-?mail )?(?:address |domain )?(?:was |is )?(?:rejected|verify failed|invalid|unknown|not found|does(?: not|n't) exist|blocked|denied|refused)|sender verification|blocked from sending|unregistered domain|sender's domain|sending (?:is |was )?blocked|(?:invalid|unknown|bad) sender|from:? (?:address )?domain is (?:invalid|unknown)/i,
  },
  {
    class: 'recipient_restricted',
    pattern:
      /RESOLVER\.RST\.|SenderNotAuthenticated|not authenticated (?:for|to send)|not accepting (?:mail|messages|e-?mail) from|only accepts? (?:mail|messages|e-?mail) from/i,
    decisive: true,
  },
  {
    class: 'server_unavailable',
    pattern: /(?:host|name|dns|domain|mx)\b.{0,60}(?:try again|temporar|time(?:d )?-?out)|temporar(?:y|ily).{0,30}(?:lookup|resol|dns)/i,
  },
  {
    class: 'no_such_domain',
    pattern:
      /name service error|look ?up the (?:host|domain)|name or service not known|nodename nor servname|dns records? for the (?:destination|recipient)|recipient(?:'s)? domain|domain (?:mentioned |part )?(?:in|of) .{0,30}address\b.{0,20}unknown|no matches to nameserver|host (?:or domain )?(?:name )?(?:not found|unknown)|(?:unknown|no such) (?:mail )?(?:host|domain)|unroute?able (?:mail )?(?:domain|address)|nxdomain|couldn't find any host|null ?mx|no (?:mx|mail exchanger) (?:record|host)|domain (?:name )?(?:\S{1,80} )?(?:not found|unknown|does(?: not|n't) exist)/i,
  },
  {
    class: 'greylisted',
    pattern:
      /gr[ea]y ?-?list|please try again in \d|come back (?:in|later)|try again (?:in|after) \d+ ?(?:s|m|h|sec|min)|not yet authorized to deliver|temporarily (?:deferred|rejected) .{0,40}unknown sender/i,
    decisive: true,
  },
  {
    class: 'authentication',
    pattern:
      /\bdmarc\b|authentication information|pass authentication|authentication checks?|\bspf\b.{0,60}(?:fail|reject|not|record|check|policy|denied|softfail|permerror)|(?:fail|reject|violat|denied|not).{0,60}\bspf\b|\bdkim\b.{0,60}(?:fail|reject|not|invalid|require|pass)|sender policy framework|fails? (?:dkim|spf|dmarc)|unauthenticated (?:e-?mail|mail|sender)|(?:does|did) not (?:pass|meet) (?:the )?(?:authentication|sender id)|sender id .{0,30}(?:fail|pra)|550[ -]5\.7\.(?:26|509|515)|\bspf (?:settings?|setup|records?|polic)|\/\/(?:\w{1,20}\.){0,2}(?:open)?spf\.|email authentication (?:is )?(?:required|check)/i,
    decisive: true,
  },
  {
    class: 'rate_limited',
    pattern:
      /(?:rate|frequency|connection|hourly|daily|message|sending|recipient|receiving).{0,20}(?:limit(?:ed|s)?|quota)\b.{0,30}(?:exceed|reach|hit|over)|rate.?limit|throttl|too (?:many|much) (?:connections?|concurrent|messages|mails?|emails?|sessions|recipients|requests|errors|mail)|exceeded the (?:maximum|max|rate|number)|(?:receiving|sent) (?:mail|email|messages?) (?:at a rate|too quickly|too fast)|unusual rate|slow down|frequency limited|sending too (?:fast|quickly|many)|max(?:imum)? (?:number of )?(?:connections|messages per)|\b(?:TSS?04|TS0[1-3])\b|concurrency limit|over the.{0,20}rate/i,
    decisive: true,
  },
  {
    class: 'reverse_dns',
    pattern:
      /reverse[ -]dns|\brdns\b|ptr record|\bptr\b|reverse (?:host|lookup|name)|generic (?:rdns|hostname)|fcrdns|(?:find|resolve|verify) your (?:host|address|domain|ip)|(?:ip|client) (?:host)?name (?:lookup|check)|unresolvable (?:relay |client )?host/i,
    decisive: true,
  },
  {
    class: 'blocklisted',
    pattern:
      /block ?list|black ?-?list|deny ?list|(?<!not )listed (?:at|by|in|on) (?!file)|\bdnsbl\b|\brbls?\b|\bsurbl\b|spamhaus|spamcop|barracudacentral|sorbs|\bUCEPROTECT|\bdsbl\b|\b\w{1,3}rbl\b|njabl|cbl\.abuseat|invaluement|banned sending ip|\bS3(?:140|150)\b|(?:ip|host) (?:address )?(?:\[?[\da-f.:]+\]? )?(?:is |has been |was )?(?:blocked|banned|listed|blacklisted)/i,
    decisive: true,
  },
  {
    class: 'reputation',
    pattern:
      /suspicious (?:account )?activity|(?:blocked|refused) - see|blocked (?:for abuse|using)|\b55\d blocked|open proxy|go away|too many unwanted|listed as abusive|from ip address.{0,40}blocked|(?:bad|invalid|extreme|unverif\w{1,8}|suspicious)\b.{0,20}\bips?\b(?! version)|(?:sender|sending|source|remote|client|your) ?(?:ips?|remotehost)\b.{0,40}(?:reject|block|refus|denied|bad|suspicious|banned|not accept)|not (?:currently )?accepting (?:mail|messages|e-?mail|connections) from (?:your|this) (?:ip|host|server|network)|mail server at .{0,60}(?:is )?blocked|(?:use|through) the (?:smtp|mail) server of your (?:isp|provider)|your server requires confirmation|unfortunately, messages from|ip address(?:es)? (?:is |are )?not (?:authori[sz]ed|accepted|allowed)|mail from \[?\d{1,3}(?:\.\d{1,3}){3}\]? (?:is )?(?:not|rejected|refused|denied)|dynamic\b.{0,20}\bip\b|sender is (?:a )?spammer|suspiciously like (?:a )?spam|too many (?:invalid|unknown|bad|nonexistent|non-existent) (?:recipients|users|addresses)|senderscore|sender score|reputation|cloudmark|proofpoint\.com\/|(?:your|sending|client|connecting) (?:ip|host|server|network|mail server|address \[).{0,40}(?:block|banned|refus|reject|denied|not allowed|bad|poor)|blocked (?:using|due to|because of) (?:.{0,30})(?:ip|sender|server)|poor sender|dynamic (?:ip|address)|access denied, banned|too many spam|(?:received|detected).{0,30}spam from/i,
    decisive: true,
  },
  { class: 'policy', pattern: /backscatter|bounce address tag/i },
  { class: 'spam_content', pattern: /quarantin|content filter agent/i, decisive: true },
  { class: 'tls_failed', pattern: /\b(?:dane|dnssec|tlsa|mta-?sts)\b|strength ciphers|certificate (?:verif|expired|not|is|validation)/i },
  {
    class: 'tls_required',
    pattern:
      /must issue a? ?starttls|(?:tls|ssl|encryption|encrypted|secure)\b.{0,30}(?:required|needed|must)|requires? (?:a )?(?:tls|encryption|starttls)/i,
  },
  {
    class: 'login_required',
    pattern:
      /authentication (?:is )?(?:required|turned on|failure)|requires? authentication|server authentication|must (?:be )?authenticate|auth(?:entication)? (?:failed|needed)|login required|not authenticated|smtp auth|client was not authenticated/i,
  },
  {
    class: 'mail_loop',
    pattern:
      /(?:mail|routing|message|delivery|forwarding)(?:[- ]| is )?loop(?:s|ing|ed)?\b|loop (?:detected|count)|loops back|too many hops|hop count|maximum hop|excessive hops|(?:many|much) received (?:headers|lines)/i,
  },
  {
    class: 'virus',
    pattern:
      /\bvirus(?:es)?\b|malware|trojan|infected|\bworm\b|phish|dangerous (?:attachment|content)|(?:attachment|file|zip|exe).{0,40}(?:not allowed|blocked|prohibited|forbidden|banned|type)|(?:blocked|prohibited|forbidden|banned|dangerous|illegal|executable).{0,20}attachment|security issue/i,
  },
  {
    class: 'too_large',
    pattern:
      /(?:message|mail|email|size|attachment)\b.{0,40}(?:too (?:large|big)|(?:is|line) too long|exceed(?:s|ed)?.{0,40}(?:size|limit|maximum|length|max)|larger than|larger then)|too large|size limit|exceed(?:s|ed)? (?:the )?max(?:imum)?\b.{0,30}size|(?:message|mail) size (?:was |is )?exceeded|exceeds? (?:the )?(?:maximum|fixed|allowed|max(?:imum)?) .{0,20}size|message length exceeds|\b552 .{0,20}size/i,
    decisive: true,
  },
  {
    class: 'spam_content',
    pattern:
      /\bspam(?:my|ming|mer|iness)?\b|\bjunk\b|unsolicited|\bbulk\b|\bUBE\b|\bUCE\b|\banti-?spam|banned content|mass.?mail(?:er|ing)|content (?:filter|rejected|reject|denied|refused|not acceptable|policy|restriction)|(?:rejected|refused|blocked|denied).{0,30}content|(?:message|mail|email) content|spamassassin|score .{0,20}(?:exceed|high|over|above|threshold)|bayes|(?:message|mail|url|link|subject|header)s? (?:was |were |has been |have been |is )?(?:blocked|filtered|detected as)|message (?:was )?(?:identified|considered|classified) as|looks like/i,
  },
  ...FOREIGN_WORDS,
  { class: 'server_unavailable', pattern: /temporarily unavailable|temporar(?:y|ily)\b.{0,20}(?:error|failure|problem)/i },
  { class: 'bad_address', pattern: /reserved by rfc/i },
  {
    class: 'relay_denied',
    pattern:
      /relay(?:ing)?(?: of mail)? (?:is )?(?:access )?(?:denied|not (?:allowed|permitted|authorized)|prohibited|forbidden|rejected)|(?:unable|not (?:permitted|allowed|authorized)|cannot|refus\w{1,3}|won't|not) (?:to )?relay|we (?:do not|don't) relay|does not relay|not (?:a )?(?:relay|gateway)|(?:domain|host) (?:isn't|is not|not) (?:in my list of allowed rcpthosts?|hosted|local|handled|served|one of)|list of allowed rcpthosts?|(?:open|insecure)\b.{0,10} relay|as a relay|configured to relay|handle mail for|relaying mail to|relay.{0,20}(?:5\.7\.1|denied)|no relaying|isn't allowed to be relayed|not our customer/i,
  },
  {
    class: 'mailbox_disabled',
    pattern:
      /(?:mail ?box|account|user|recipient|address|e-?mail|inbox|customer|subscriber)\b.{0,60}\b(?:disabled|inactive|deactivated|suspended|blocked|locked|closed|expired|terminated|cancell?ed|discontinued|deleted|not active|not activated|frozen|dormant|abandoned|no longer (?:active|in use|available|valid|in service|accepts?|used|monitored|exists?|with|working|employed))|(?:disabled|inactive|suspended|deactivated|closed) (?:mail ?box|account|user|recipient|address)|(?:has been|is(?: currently)?|user|account) suspended|suspend the service|not use this (?:mailbox|account|address) any ?more|archived (?:mailbox|recipient|user)|temporar(?:y|ily) locked|no longer (?:on (?:the )?server|works? (?:here|for|at)|employed)|has left (?:the )?(?:company|organi[sz]ation)/i,
  },
  {
    class: 'mailbox_moved',
    pattern:
      /(?:user|recipient|account|mailbox|address|has|have) (?:has )?(?:moved|changed) (?:to|address|e-?mail)|has moved|new address is|has been replaced by|please use (?:the )?(?:new )?address|please (?:try|forward to) <|user not local; please try/i,
  },
  {
    class: 'recipient_restricted',
    pattern:
      /(?:sender|you|author|user|address)\b.{0,60}(?:not (?:authori[sz]ed|allowed|permitted|on (?:the )?(?:white|safe|allow))|isn't (?:allowed|on|authori[sz]ed)|(?:is )?(?:blocked|rejected|refused|denied) by (?:the )?(?:recipient|user)|don't have permission|do not have permission)|(?:delivery|mail) not authori[sz]ed|recipient (?:has )?(?:refused|reject(?:s|ed)|blocked|declined|does not accept|doesn't accept|not accepting)|restricted|RESOLVER\.RST\.|only accepts? (?:mail|messages|e-?mail) from|not accepting (?:mail|messages)|does not wish to receive|whitelist|closed (?:list|group)|members?[ -]only|non-?member|not (?:a )?(?:subscribed|subscriber|pre-?approved)|rule imposed|not accepting any|user reject|recipient preferences|recipient refuses|closed mailing list|does not accept mail from|user rules|moderat|sender (?:address )?(?:is )?(?:rejected|denied|refused|blocked)|no permission|not have permission/i,
  },
  {
    class: 'unknown_user',
    pattern:
      /(?:user(?: ?id|name)?|mail ?box|recipient(?!'?s? (?:mail |e-?mail )?(?:server|host|domain|system))|account|address|alias|addressee|inbox|person|customer|name|mailuser|e-?mail(?: address)?|local part|destination|subscriber|list)\b.{0,80}(?:\bunknown\b|not (?:be )?(?:found|known|listed|recogni[sz]ed|exist|valid|here|local|our customer)|(?:was|is)(?:n't| not| un)? ?(?:not )?(?:found|unknown|invalid|nonexistent|non-existent|unavailable|undeliverable|unroutable)|(?:does|do|did) ?(?:not|n't) (?:exist|appear|have|match|resolve)|\bno such|doesn.?t (?:exist|have)|couldn.?t be found|invalid|unavailable|incorrect|undeliverable)|(?:unknown|no such|no|invalid|non-?existent|nonexistent|bad|illegal|not a valid|unrouteable|unroutable|undeliverable|misspelled|unrecogni[sz]ed|incorrect|can't find|cannot find|not a known|couldn't find) (?:such )?(?:virtual |local |e-?mail |mail |destination |final |recipient |rcpt |delivery ){0,2}(?:user|mail ?box|recipient|account|address|alias|person|here by that name|one here by that name|addressee|name|local part|mailuser)|no (?:mailbox|one|user) here|not (?:a )?local (?:address|user)|(?:does|do) not work here|no valid recipients?|user (?:name )?unknown|validrcptto|Recip(?:ient)?NotFound|can't accept user|mail ?box not (?:present|available)|in name directory|recipient not ok|missing home directory|recipient (?:address )?rejected|address rejected|^\S{1,120} (?:not found|does not exist)\.?$|rcpt \S{1,120} does not exist|server rejected recipients|no ?one at this address|unknown local|not an active address|badrcptto|not present in directory|not listed in (?:public )?(?:name & )?(?:address|domino) (?:book|directory)|isn't in our (?:system|directory)|user .{0,60} not (?:known|listed|found) (?:at|in|on)|this account does not exist|vpopmail/is,
  },
  {
    class: 'no_such_domain',
    pattern:
      /(?:host|domain|mail server|server|dns|name)\b.{0,50}(?:not found|unknown|does(?: not|n't) exist|no such|could(?: not|n't) be (?:found|resolved)|lookup (?:failed|failure|error)|name or service not known|non-?existent|invalid|can't be found)|(?:unknown|no such|unrouteable|unroutable|bad|invalid|illegal|non-?existent) (?:mail )?(?:host|domain|mail domain)|domain (?:must exist|is not reachable)|no (?:mx|a|mail exchanger|mail exchange) (?:record|host|or)|couldn't find any host|(?:null|no) mx|nullmx|nxdomain|no mail (?:exchanger|server|host)s? (?:for|could|found)|domain .{0,60}(?:does not (?:accept|receive) mail|accepts no mail)|all relevant mx records point to non-existent hosts|unrouteable (?:mail )?(?:domain|address)|dns (?:error|failure).{0,80}(?:not found|type=mx|type=a)|name service error/i,
  },
  {
    class: 'bad_address',
    pattern:
      /(?:syntax|malformed|illegal|bad|improper|invalid).{0,20}(?:address|mailbox|recipient|domain|character)|address.{0,20}(?:syntax|malformed)|(?:mailbox|local-?part) (?:name )?(?:contains|invalid|not allowed)|mailbox name not allowed|missing (?:domain|@)/i,
  },
  {
    class: 'timed_out',
    pattern:
      /(?:delivery|message|mail|retry|queue|routing|transport)\b.{0,40}(?:time(?:d)? ?-?out|expired|timed out|time expired|too long)|retry (?:time(?:out)?|limit) (?:not reached|exceeded|expired)|retry time(?:out)? exceeded|in the queue too long|been in the queue|message expired|(?:gave|giving|given) up|after (?:multiple|several|many|numerous|\d{1,3}) (?:retries|tries|attempts)|numerous attempts|failing for a long time|failed (?:after )?\d{1,3} (?:attempts|times)|queue period|not reachable within|attempts will continue|could not be delivered (?:for|within|after)|unable to deliver.{0,30}(?:days|hours)|delivery time expired|cannot send message (?:within|for) \d|(?:has not|hasn't) been (?:collected|delivered) after/i,
  },
  {
    class: 'server_full',
    pattern:
      /insufficient (?:system )?(?:storage|resources|disk)|(?:disk|file ?system|server|storage|partition|spool)\b.{0,30}(?:\bfull\b|out of space|no space)|no space left|mail system full|out of (?:disk|memory|resources)|not enough (?:space|memory)|system resources/i,
  },
  {
    class: 'sender_refused',
    pattern:
      /(?:sender|from|return.path|envelope(?! recip)|mail from)\b.{0,40}(?:rejected|denied|refused|blocked|invalid|unknown|not (?:found|valid|exist|accepted|verified)|verify failed)|(?:bad|invalid|unknown) (?:sender|return path|envelope)|sender verif|domain of sender|bogus (?:mail from|sender)|not owned by user|unroute?able sender|\bbatv\b|valid from:/i,
  },
  {
    class: 'malformed',
    pattern: /bare (?:lf|newline)|(?:missing|invalid|duplicate|multiple|malformed|bad) (?:.{0,20} )?(?:headers?\b|date\b|message-id)/i,
  },
  { class: 'too_many_recipients', pattern: /too many recipients/i },
  { class: 'command_refused', pattern: /protocol violation|no commands? allowed|ehlo argument|too many bad commands/i },
  {
    class: 'policy',
    pattern:
      /\bpolic(?:y|ies)\b|administrative(?:ly)? (?:prohib|den|reject)|prohibited|not (?:permitted|allowed|authori[sz]ed|acceptable|accepted)|forbidden|denied by|access denied|rejected by (?:the )?(?:recipient|server|administrator|user|rule|system|mail)|security|violat|compliance|transport ?rules?|blocked by|unacceptable|rejected for|(?<!connection )refused by/i,
  },
  {
    class: 'server_unavailable',
    pattern:
      /connection (?:timed out|refused|reset|lost|dropped|closed|failed|aborted|error|was)|(?:timed|time)[ -]?out|network (?:is )?(?:unreachable|error)|no route to host|host (?:is )?(?:unreachable|down)|(?:service|server|system|host|mailbox|resources|account|user) (?:is )?(?:temporarily |currently |not |un)\s?(?:unavailable|available|busy|offline|down|not available)|service (?:not |un)available|lost connection|(?:internal|local|server|system|configuration|processing|database|software) (?:server )?(?:error|problem|failure)|can'?t connect|could ?n[o']t connect|unable to connect|closing (?:transmission|connection)|try (?:again )?later|shutting down|(?:too|is|server) busy|maintenance|temporar(?:y|ily)|bad connection|conversation with .{0,80}timed|did not (?:respond|answer|reply)/i,
  },
  {
    class: 'malformed',
    pattern:
      /(?:8.?bit|smtputf8|mime|bare (?:lf|newline)|line (?:is )?too long|(?:missing|invalid|duplicate|multiple|malformed|bad|no) (?:.{0,20} )?(?:headers?\b|date\b|message-id|from (?:header|field|line))|improperly|conversion|rfc ?-?\d{3,4}|not (?:rfc|compliant)|encoding|attachments? (?:required|missing))/i,
  },
  {
    class: 'command_refused',
    pattern:
      /(?:syntax|command|protocol|sequence)\b.{0,30}(?:error|not (?:implemented|recogni[sz]ed|understood)|unrecogni[sz]ed|unknown|bad|rejected|out of)|bad (?:sequence|command)|unrecogni[sz]ed command|helo|ehlo/i,
  },
]
