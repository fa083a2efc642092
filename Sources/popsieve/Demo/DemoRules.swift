// The rule file that the demo begins with; people edit their copy of it.

enum DemoRules {
    static let fileName = "10-demo.sieve"

    static let source = """
        # The demo's rules. Change something, save, fetch a message again: a changed file is in force within a second,
        # a broken one is refused and the rules before it stay.

        require ["editheader", "reject", "variables"];

        # What is junk beyond doubt is not shown; a notice stands in for it.
        if header :contains "X-Spam-Level" "***************" {
            discard;
            stop;
        }

        # A program that comes as a message is not handed out, and stays on the server.
        if header :matches "Content-Type" ["*name=*.exe*", "*name=*.scr*", "*name=*.js*"] {
            reject "A program is attached; ask your administrator for it";
            stop;
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
