// The rule file and the scanner that the demo begins with; people edit their copies of them.

enum DemoRules {
    static let fileName = "10-demo.sieve"

    static let source = """
        # The demo's rules. Change something, save, fetch a message again: a changed file is in force within a second,
        # a broken one is refused and the rules before it stay.

        require ["body", "editheader", "fileinto", "foreverypart", "reject", "replace", "variables", "virustest",
            "vnd.popsieve.attachment"];

        # What is junk beyond doubt is not shown; a notice stands in for it.
        if header :contains "X-Spam-Level" "***************" {
            discard;
            stop;
        }

        # A program that comes as a message is not handed out; the original goes into the folder "rejected".
        if header :matches "Content-Type" ["*name=*.exe*", "*name=*.scr*", "*name=*.js*"] {
            reject "A program is attached; ask your administrator for it";
            stop;
        }

        # What has something attached is looked at as a whole; the rest streams through, all but its header.
        if header :contains "Content-Type" "multipart/mixed" {

            # The scanner is asked. What it finds goes into the quarantine; a notice says where to.
            if virustest "5" {
                fileinto "infected";
                stop;
            }

            # A program that is attached is replaced; every other octet of the message stays.
            foreverypart {
                if attachment :inside :extension ["exe", "scr", "js", "vbs", "lnk"] {
                    replace "A program was attached here, and is not handed out.";
                }
            }
        }

        # Strangers who ask for money get a warning, however the text is encoded.
        if allof (not address :domain "From" "example.org", body :text :contains "wire the money") {
            addheader "X-Popsieve-Warning" "a stranger asks for money";
        }

        # What a spam filter has marked says so in its subject.
        if header :is "X-Spam-Flag" "YES" {
            set "subject" "";
            if header :matches "Subject" "*" {
                set "subject" "${1}";
            }
            deleteheader "Subject";
            addheader "Subject" "[spam] ${subject}";
            addheader "X-Popsieve-Spam" "yes";
        }

        # What a virus scanner has marked gets a mark of ours.
        if header :matches "X-Virus-Status" "Infected*" {
            addheader "X-Popsieve-Virus" "yes";
        }

        """
}

enum DemoScanner {
    static let fileName = "scan"
    /// What it finds.
    static let word = "POPSIEVE-DEMO-VIRUS"

    static let source = """
        #!/bin/sh
        # A scanner of one's own: it gets a message on standard input, and answers with a line of JSON on standard output.
        # This one looks for a word. Change it, and fetch message 15 again.

        if grep -q '\(word)'; then
            echo '{"verdict": "infected", "names": ["Demo.Virus"]}'
        else
            echo '{"verdict": "clean"}'
        fi

        """
}
