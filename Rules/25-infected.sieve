# Puts mail in which your own virus scanner has found something into the quarantine folder "infected".
# Does nothing until a virus scanner is set up; without a quarantine it marks the message. Never says that mail is clean.

require ["editheader", "environment", "ihave", "variables"];

if ihave ["virustest", "relational", "comparator-i;ascii-numeric"] {
    if virustest :value "ge" :comparator "i;ascii-numeric" "4" {
        set "found" "something";
        if environment :matches "vnd.popsieve.virus" "?*" {
            set "found" "${0}";
        }
        addheader "X-Popsieve-Virus" "yes; found=${found}";
        if ihave "fileinto" {
            fileinto "infected";
        }
    }
}
