require ["fileinto", "variables", "regex", "relational", "comparator-i;ascii-numeric", "editheader", "envelope", "date", "index", "subaddress", "body", "mime", "foreverypart", "extracttext", "copy", "encoded-character", "include", "ihave", "environment", "reject", "duplicate", "spamtest", "spamtestplus", "replace", "enclose", "extlists", "vnd.dovecot.debug", "vnd.popsieve.defects"];
if header :matches ["subject", "from"] ["*f?o*", "${hex:41}"] { set :upper :length "x" "${1}|${2}"; }
elsif allof (not exists "x", anyof (size :over 1K, address :detail :is "to" "b")) { addheader "X-A" "${x}"; }
else { deleteheader :index 1 :last :contains "Received" "a"; stop; }
if header :regex :comparator "i;octet" "subject" "(a|b)*c" { fileinto :copy "a${1}"; }
if date :zone "+0100" :value "ge" "date" "hour" "09" { fileinto "${x}"; }
foreverypart :name "p" { if header :mime :anychild :param "name" "content-type" "x" { break :name "p"; } extracttext :first 9 "t"; replace "y"; }
if body :content "text" :contains text:
multi
.
{ keep; } /* comment */ # hash
if envelope :count "eq" "from" "1" { discard; } if defect :message :contains "e" { include :once "x"; }
if duplicate :header "message-id" { enclose :subject "s" "t"; } if spamtest :percent :value "ge" "50" { debug_log "d"; }
