// What notices say where a site does not say it otherwise.

extension NoticeTexts {
    /// A file to start from.
    package static let standardFile = """
        # The short messages that stand in for mail that rules withhold. Change what you like, and name this file in the
        # settings (notices: FILE); a section that is left out stays as it is here. UTF-8; lines that begin with # are
        # comments. Each section begins with its Subject, but for the last one. Placeholders:
        #   {subject} {from} {date}  of the message
        #   {rule}                   the rule file, and its line
        #   {reason}                 why it was rejected; as many lines as it has
        #   {copy} {folder}          the original in the quarantine; the line is repeated for each copy
        # A line with something that is not known of a message is left out. For { itself write {{.

        [quarantined]
        Subject: [quarantined] {subject}

        A rule put the message that was here into the quarantine. It said:

          From:    {from}
          Date:    {date}
          Subject: {subject}

        The rule: {rule}

        The original is in the quarantine; whoever runs Popsieve can release it:

          {copy}  in the folder {folder}

        # With nothing kept, and with a copy in the quarantine:
        [discarded]
        Subject: [discarded] {subject}

        A rule discarded the message that was here. It said:

          From:    {from}
          Date:    {date}
          Subject: {subject}

        The rule: {rule}

        Popsieve keeps no copy of it. On the mail server it goes when your mail
        program deletes it there, which many do as soon as they have this notice.

        [discarded-kept]
        Subject: [discarded] {subject}

        A rule discarded the message that was here. It said:

          From:    {from}
          Date:    {date}
          Subject: {subject}

        The rule: {rule}

        The original is in the quarantine for a while; whoever runs Popsieve can
        release it:

          {copy}  in the folder {folder}

        # With the original on the mail server, and with a copy in the quarantine:
        [rejected]
        Subject: [rejected] {subject}

        A rule rejected the message that was here. The reason:

          {reason}

        The message said:

          From:    {from}
          Date:    {date}
          Subject: {subject}

        The rule: {rule}

        The message itself stays on the mail server, also when you delete this
        notice.

        [rejected-kept]
        Subject: [rejected] {subject}

        A rule rejected the message that was here. The reason:

          {reason}

        The message said:

          From:    {from}
          Date:    {date}
          Subject: {subject}

        The rule: {rule}

        The original is in the quarantine; whoever runs Popsieve can release it:

          {copy}  in the folder {folder}

        # What is beyond a limit:
        [refused]
        Subject: [rejected] {subject}

        Popsieve rejected the message that was here. The reason:

          {reason}

        The message said:

          From:    {from}
          Date:    {date}
          Subject: {subject}

        The message itself is still on the mail server. Whoever runs Popsieve can
        tell whether it goes from there when this notice is deleted, now or later.

        # What can't be looked at for now, such as while a scanner is down:
        [postponed]
        Subject: [postponed] {subject}

        Popsieve could not look at the message that was here. The reason:

          {reason}

        The message said:

          From:    {from}
          Date:    {date}
          Subject: {subject}

        The message itself is still on the mail server, and can't be deleted as
        long as nobody has looked at it. Fetch it again later.

        # Behind the first lines of a message that is too large, in the message itself: no subject, and of placeholders
        # {reason} alone. It is shown in whatever the message is written in there; ASCII is right everywhere.
        [truncated]
        (Popsieve left out what follows here. {reason}.)

        """
}
