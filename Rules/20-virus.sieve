# Marks mail in which the provider's virus scanner has found something: it gets X-Popsieve-Virus.
# Never deletes, moves or rejects anything, and never says that a message is clean: that no one said so proves nothing.

require "editheader";

if anyof (header :matches "X-Virus-Status" ["Infected*", "Yes*"],
          header :is "X-Virus-Flag" "YES",
          header :matches "X-Virus" "?*",
          header :matches "X-Amavis-Alert" "INFECTED*") {
    addheader "X-Popsieve-Virus" "yes";
}
