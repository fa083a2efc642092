# Shows in the subject what the other rules found, for mail programs that cannot filter by other header fields.
# Does nothing as it is: remove the number signs below to switch it on. It never touches a subject twice.

# require ["editheader", "variables"];
#
# if allof (exists "X-Popsieve-Spam",
#           not header :contains "Subject" "[spam]") {
#     set "subject" "";
#     if header :matches "Subject" "*" {
#         set "subject" "${1}";
#     }
#     deleteheader "Subject";
#     addheader "Subject" "[spam] ${subject}";
# }
