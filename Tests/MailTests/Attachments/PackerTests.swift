// Archives as Info-ZIP 3.0, Python 3's zipfile and Java's jar make them: none of them is odd.
// Must not be made anew: programs change.

import Testing

@testable import Mail

@Suite struct PackerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let program: String
        let base64: String
        let names: [String]
        var defects: Set<AttachmentDefect> = []

        var testDescription: String { program }
    }

    static let cases: [Case] = [
        Case(
            program: "Info-ZIP",
            base64: """
                UEsDBAoAAAAAAChJe12AflBYBAAAAAQAAAAIABwAZXZpbC5leGVVVAkAA7xICWu8SAlrdXgLAAEEAAAAAAQAAAAATVqQAFB
                LAwQKAAAAAAAoSXtdAAAAAAAAAAAAAAAAAgAcAGQvVVQJAAO8SAlrvEgJa3V4CwABBAAAAAAEAAAAAFBLAwQKAAAAAAAoSX
                tdAAAAAAAAAAAAAAAABAAcAGQvZS9VVAkAA7xICWu8SAlrdXgLAAEEAAAAAAQAAAAAUEsDBAoAAAAAAChJe10fCOpGAgAAA
                AIAAAAJABwAZC9lL8O8LmpzVVQJAAO8SAlrvEgJa3V4CwABBAAAAAAEAAAAAHgKUEsBAh4DCgAAAAAAKEl7XYB+UFgEAAAA
                BAAAAAgAGAAAAAAAAAAAAKSBAAAAAGV2aWwuZXhlVVQFAAO8SAlrdXgLAAEEAAAAAAQAAAAAUEsBAh4DCgAAAAAAKEl7XQA
                AAAAAAAAAAAAAAAIAGAAAAAAAAAAQAO1BRgAAAGQvVVQFAAO8SAlrdXgLAAEEAAAAAAQAAAAAUEsBAh4DCgAAAAAAKEl7XQ
                AAAAAAAAAAAAAAAAQAGAAAAAAAAAAQAO1BggAAAGQvZS9VVAUAA7xICWt1eAsAAQQAAAAABAAAAABQSwECHgMKAAAAAAAoS
                XtdHwjqRgIAAAACAAAACQAYAAAAAAABAAAApIHAAAAAZC9lL8O8LmpzVVQFAAO8SAlrdXgLAAEEAAAAAAQAAAAAUEsFBgAA
                AAAEAAQALwEAAAUBAAAAAA==
                """,
            names: ["evil.exe", "d/e/ü.js|d/e/├╝.js"]
        ),
        Case(
            program: "Info-ZIP into a pipe",
            base64: """
                UEsDBBQACAAIAChJe10AAAAAAAAAAAYAAAAFABwAYi50eHRVVAkAA7xICWu8SAlrdXgLAAEEAAAAAAQAAAAAy0jNycnnAgB
                QSwcIIDA6NggAAAAGAAAAUEsDBBQACAAIAChJe10AAAAAAAAAAAQAAAAIABwAZXZpbC5leGVVVAkAA7xICWu8SAlrdXgLAA
                EEAAAAAAQAAAAA842awAAAUEsHCIB+UFgGAAAABAAAAFBLAQIeAxQACAAIAChJe10gMDo2CAAAAAYAAAAFABgAAAAAAAEAA
                ACkgQAAAABiLnR4dFVUBQADvEgJa3V4CwABBAAAAAAEAAAAAFBLAQIeAxQACAAIAChJe12AflBYBgAAAAQAAAAIABgAAAAA
                AAAAAACkgVcAAABldmlsLmV4ZVVUBQADvEgJa3V4CwABBAAAAAAEAAAAAFBLBQYAAAAAAgACAJkAAACvAAAAAAA=
                """,
            names: ["b.txt", "evil.exe"]
        ),
        Case(
            program: "Info-ZIP from a pipe",
            base64: """
                UEsDBC0AAAAAAChJe12AflBY//////////8BABQALQEAEAAEAAAAAAAAAAQAAAAAAAAATVqQAFBLAQIeAy0AAAAAAChJe12
                AflBYBAAAAAQAAAABAAAAAAAAAAAAAACAEQAAAAAtUEsGBiwAAAAAAAAAHgMtAAAAAAAAAAAAAQAAAAAAAAABAAAAAAAAAC
                8AAAAAAAAANwAAAAAAAABQSwYHAAAAAGYAAAAAAAAAAQAAAFBLBQYAAAAAAQABAC8AAAA3AAAAAAA=
                """,
            names: ["-"]
        ),
        Case(
            program: "Info-ZIP with numbers of 64 bits",
            base64: """
                UEsDBC0AAAAAAChJe12AflBY//////////8IADAAZXZpbC5leGVVVAkAA7xICWu8SAlrdXgLAAEEAAAAAAQAAAAAAQAQAAQ
                AAAAAAAAABAAAAAAAAABNWpAAUEsBAh4DLQAAAAAAKEl7XYB+UFgEAAAA/////wgAJAAAAAAAAAAAAKSBAAAAAGV2aWwuZX
                hlVVQFAAO8SAlrdXgLAAEEAAAAAAQAAAAAAQAIAAQAAAAAAAAAUEsGBiwAAAAAAAAAHgMtAAAAAAAAAAAAAQAAAAAAAAABA
                AAAAAAAAFoAAAAAAAAAWgAAAAAAAABQSwYHAAAAALQAAAAAAAAAAQAAAFBLBQYAAAAAAQABAFoAAAD/////AAA=
                """,
            names: ["evil.exe"]
        ),
        Case(
            program: "Info-ZIP with a password",
            base64: """
                UEsDBAoACQAAAChJe12AflBYEAAAAAQAAAAIABwAZXZpbC5leGVVVAkAA7xICWu8SAlrdXgLAAEEAAAAAAQAAAAA44ltS00
                6hIAJ7s+t1Ms3uVBLBwiAflBYEAAAAAQAAABQSwECHgMKAAkAAAAoSXtdgH5QWBAAAAAEAAAACAAYAAAAAAAAAAAApIEAAA
                AAZXZpbC5leGVVVAUAA7xICWt1eAsAAQQAAAAABAAAAABQSwUGAAAAAAEAAQBOAAAAYgAAAAAA
                """,
            names: ["evil.exe"],
            defects: [.encrypted, .unread]
        ),
        Case(
            program: "Python",
            base64: """
                UEsDBC0AAAAAAABAe11NHJkW//////////8IABQAd2lkZS5leGUBABAANgAAAAAAAAA2AAAAAAAAAE1akAB4eHh4eHh4eHh
                4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eFBLAQItAy0AAAAAAABAe11NHJkWNgAAADYAAAAIAA
                AAAAAAAAAAAACAAQAAAAB3aWRlLmV4ZVBLBQYAAAAAAQABADYAAABwAAAAAAA=
                """,
            names: ["wide.exe"]
        ),
        Case(
            program: "Python into a pipe",
            base64: """
                UEsDBBQACAgIAABAe10AAAAAAAAAAAAAAAAJAAAAw6l2aWwuZXhl842awFBBMgAAUEsHCE0cmRYJAAAANgAAAFBLAwQUAAg
                ACAAAQHtdAAAAAAAAAAAAAAAABQAAAGIudHh0y0jNyckHAFBLBwiGphA2BwAAAAUAAABQSwECFAMUAAgICAAAQHtdTRyZFg
                kAAAA2AAAACQAAAAAAAAAAAAAAgAEAAAAAw6l2aWwuZXhlUEsBAhQDFAAIAAgAAEB7XYamEDYHAAAABQAAAAUAAAAAAAAAA
                AAAAIABQAAAAGIudHh0UEsFBgAAAAACAAIAagAAAHoAAAAAAA==
                """,
            names: ["évil.exe", "b.txt"]
        ),
        Case(
            program: "Java",
            base64: """
                UEsDBBQACAgIAChJe10AAAAAAAAAAAAAAAAJAAQATUVUQS1JTkYv/soAAAMAUEsHCAAAAAACAAAAAAAAAFBLAwQUAAgICAA
                oSXtdAAAAAAAAAAAAAAAAFAAAAE1FVEEtSU5GL01BTklGRVNULk1G803My0xLLS7RDUstKs7Mz7NSMNQz4OVyLkpNLElN0X
                WqBAqY6xnoGZoqaLikJmUm5mnycvFyAQBQSwcIHbOzmTgAAAA3AAAAUEsDBBQACAgIAChJe10AAAAAAAAAAAAAAAAIAAAAZ
                XZpbC5leGXzjZrAAABQSwcIgH5QWAYAAAAEAAAAUEsBAhQAFAAICAgAKEl7XQAAAAACAAAAAAAAAAkABAAAAAAAAAAAAAAA
                AAAAAE1FVEEtSU5GL/7KAABQSwECFAAUAAgICAAoSXtdHbOzmTgAAAA3AAAAFAAAAAAAAAAAAAAAAAA9AAAATUVUQS1JTkY
                vTUFOSUZFU1QuTUZQSwECFAAUAAgICAAoSXtdgH5QWAYAAAAEAAAACAAAAAAAAAAAAAAAAAC3AAAAZXZpbC5leGVQSwUGAA
                AAAAMAAwCzAAAA8wAAAAAA
                """,
            names: ["META-INF/MANIFEST.MF", "evil.exe"]
        ),
    ]

    @Test(arguments: cases)
    func isRead(_ test: Case) {
        let header = "Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        let message = Message(Array((header + test.base64).utf8))
        var reader = AttachmentReader(message)
        let files = reader.files(in: message.parts[0])
        let names = files.dropFirst().map { $0.names.map { String(decoding: $0.text, as: UTF8.self) } }
        #expect(names.map { $0.joined(separator: "|") } == test.names)
        #expect(Set(files.flatMap(\.defects)) == test.defects)
        if test.defects.isEmpty, test.names.contains("evil.exe") {
            #expect(files.contains { $0.types == [.windowsProgram] })
        }
    }
}
