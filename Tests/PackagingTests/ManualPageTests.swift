// Pages of the manual, as groff reads them.

import Foundation
import Testing

@testable import packaging

@Suite("Manual pages")
struct ManualPageTests {
    private static let help = """
        { "commandName": "sieve", "abstract": "Sift.", "shouldDisplay": true,
          "discussion": "Text.\\n\\n  sieve -x > y\\n  .so\\n\\n'Quoted' text with a \\\\.",
          "arguments": [
            { "kind": "option", "names": [{ "kind": "short", "name": "c" }, { "kind": "long", "name": "config-file" }],
              "valueName": "file", "abstract": "The file.", "defaultValue": "a", "isOptional": true, "isRepeating": false,
              "shouldDisplay": true },
            { "kind": "positional", "valueName": "folder", "isOptional": false, "isRepeating": false, "shouldDisplay": true },
            { "kind": "flag", "names": [{ "kind": "long", "name": "hidden" }], "isOptional": true, "isRepeating": false,
              "shouldDisplay": false }
          ],
          "subcommands": [
            { "commandName": "fine", "shouldDisplay": true }, { "commandName": "help", "shouldDisplay": true },
            { "commandName": "secret", "shouldDisplay": false }
          ] }
        """

    @Test("a page for each command that is shown, with everything that its help says")
    func pages() throws {
        let help = try JSONDecoder().decode(CommandHelp.self, from: Data(Self.help.utf8))
        let pages = ManualPage.all(of: help, version: "1.2")
        #expect(pages.map(\.fileName) == ["sieve.1", "sieve-fine.1"])
        #expect(
            pages[0].text == #"""
                .TH SIEVE 1 "" "popsieve 1.2" "User Commands"
                .SH NAME
                sieve \- Sift
                .SH SYNOPSIS
                .B sieve
                \fIcommand\fR
                [\fB\-\-config\-file\fR \fIfile\fR]
                \fIfolder\fR
                .SH DESCRIPTION
                Text.
                .PP
                .PP
                .nf
                  sieve \-x > y
                  .so
                .PP
                .fi
                \&'Quoted' text with a \e.
                .SH OPTIONS
                .TP
                \fB\-c\fR, \fB\-\-config\-file\fR \fIfile\fR
                The file. Default: a.
                .TP
                \fIfolder\fR

                .SH SEE ALSO
                \fBsieve\-fine\fR(1)

                """#
        )
    }
}
