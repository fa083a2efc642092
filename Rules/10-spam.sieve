# Marks mail that the provider's spam filter has judged to be spam: it gets X-Popsieve-Spam and the filter's name.
# Never deletes, moves or rejects anything, and leaves the filter's own header fields as they are.

require "editheader";

if anyof (header :is "X-Spam-Flag" "YES",
          header :matches "X-Spam-Status" "Yes*") {
    addheader "X-Popsieve-Spam" "yes; by=SpamAssassin";
} elsif anyof (header :is "X-Spam" "Yes",
               header :matches "X-Rspamd-Action" ["add header*", "rewrite subject*", "reject*"],
               header :matches "X-Spamd-Result" "default: True *") {
    addheader "X-Popsieve-Spam" "yes; by=Rspamd";
} elsif header :is "X-MS-Exchange-Organization-SCL" ["5", "6", "7", "8", "9"] {
    addheader "X-Popsieve-Spam" "yes; by=Exchange";
} elsif anyof (header :is "X-Bogosity" "Yes",
               header :matches "X-Bogosity" ["Spam,*", "Yes,*"]) {
    addheader "X-Popsieve-Spam" "yes; by=Bogofilter";
}
