// vnd.popsieve.attachment: what the test sees of attached files, in plain scripts and in loops over parts, and that it
// takes for nothing what it could not look into.

import Foundation
import Mail
import Testing

@testable import Sieve

private func part(_ type: String, _ disposition: String, _ body: String, isEncoded: Bool = true) -> String {
    "--b\nContent-Type: \(type)\nContent-Disposition: \(disposition)\n"
        + (isEncoded ? "Content-Transfer-Encoding: base64\n" : "") + "\n\(body)\n"
}

private func message(_ parts: String...) -> String {
    "From: a@example.com\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n\(parts.joined())--b--\n"
}

private let program = Data([0x4D, 0x5A, 0x90, 0, 3, 0, 0, 0]).base64EncodedString()
private let invoice = part("application/pdf; name=a.pdf", "attachment; filename=\"Invoice.pdf.EXE \"", program)
private let zipped = part("application/zip", "attachment; filename=a.zip", AttachmentTests.archive)

private let all = message(invoice, zipped)

struct AttachmentTests {
    /// An archive with evil.exe, and one whose only file needs a password; made by Python's zipfile.
    static let archive = """
        UEsDBBQAAAAAAABAe10BB8xfCAAAAAgAAAAIAAAAZXZpbC5leGVNWpAAAwAAAFBLAQIUAxQAAAAAAABAe10BB8xfCA
        AAAAgAAAAIAAAAAAAAAAAAAACAAQAAAABldmlsLmV4ZVBLBQYAAAAAAQABADYAAAAuAAAAAAA=
        """
    static let locked = """
        UEsDBBQAAQAAAABAe10BB8xfCAAAAAgAAAAIAAAAZXZpbC5leGVNWpAAAwAAAFBLAQIUAxQAAQAAAABAe10BB8xfCA
        AAAAgAAAAIAAAAAAAAAAAAAACAAQAAAABldmlsLmV4ZVBLBQYAAAAAAQABADYAAAAuAAAAAAA=
        """
    /// Archives in one another, six of them.
    static let deep = """
        UEsDBBQAAAAIAABAe13fy/wEWwEAAHkBAAAFAAAANS56aXAL8GZmEWFgYOBgYHCojlUsPVXMy8jAYAjErEBRE72qzA
        LuD2lpgokJCQ8SEgpW9G2dE3y0QuRENfeRNQ45a8KnRh74q6jra2Co+NDRyelg176du/nr1gfM2xC7RnnTx7bjVWvP
        8u6fuzhNVcVSNisvM1NobWxm3Dsx9YTNH96oTEzlTF0Zb/p80//wz5zzcmfUdMz9mqH9fFf/+vt6v/ebpv3cuyl1X9
        o+M8v/087l11bGnz3x4/Gfm484p64TzQ+3i7xk1Pn3nO/3n/b7S+/+eVK5+tF39sJOX0WhS0uDzL73zQ0KDp0jWaCT
        k5z6Iel6Xfq2z5PlDI5/MLj3+mOg1WblaZNnbm8/fmDO3qTPy9y65dp55qlelnaRlGDaIznTZUbhbxE2KQnJhH98H9
        JSmQslGi9IeOxn0GZgCPBmZBJhxh1iMNDAyAALvwBvVjYQhxEIjYG0AVgKAFBLAQIUAxQAAAAIAABAe13fy/wEWwEA
        AHkBAAAFAAAAAAAAAAAAAACAAQAAAAA1LnppcFBLBQYAAAAAAQABADMAAAB+AQAAAAA=
        """

    @Test(arguments: [
        ("attachment \"invoice.pdf.exe\"", true), ("attachment :name \"a.zip\"", true), ("attachment \"b.zip\"", false),
        ("attachment :name :matches \"*.pdf.*\"", true), ("attachment :name :contains \"EXE \"", true),
        ("attachment :extension [\"js\", \"exe\"]", true), ("attachment :extension \"pdf\"", true),
        ("attachment :extension :is :comparator \"i;octet\" \"exe\"", false), ("attachment :extension \"js\"", false),
        ("attachment :type \"windows-program\"", true), ("attachment :type :matches \"*-program\"", true),
        ("attachment :type \"linux-program\"", false), ("attachment :type \"zip\"", true),
        ("attachment :type \"text\"", true),
        ("attachment :declared \"application/pdf\"", true), ("attachment :declared :matches \"multipart/*\"", false),
        ("attachment :declared \"text/plain\"", true), ("attachment :defect \"double-extension\"", true),
        ("attachment :defect \"differing-names\"", true), ("attachment :defect \"unread\"", false),
        ("attachment \"evil.exe\"", false), ("attachment :inside \"evil.exe\"", true),
        ("attachment :inside :type :matches \"*-program\"", true), ("attachment :inside :defect \"unread\"", false),
        ("attachment :count \"eq\" \"2\"", true), ("attachment :inside :count \"eq\" \"3\"", true),
        ("attachment :type :count \"eq\" \"3\"", true), ("attachment :extension :count \"ge\" \"3\"", false),
        ("attachment :extension :regex \"^(exe|scr)$\"", true),
    ])
    func holdsOnAMessage(test: String, expected: Bool) {
        let capabilities = "\"vnd.popsieve.attachment\", \"relational\", \"regex\""
        #expect(holds(test, requiring: capabilities, on: all) == expected)
    }

    private static let require =
        "require [\"vnd.popsieve.attachment\", \"foreverypart\", \"replace\", \"variables\", \"editheader\"];\n"

    @Test func inALoopItAsksForTheCurrentPart() {
        let source = Self.require + "foreverypart { if attachment :extension \"exe\" { replace \"Gone.\"; } }"
        let result = evaluate(source, on: all)
        #expect(result.actions == ["replace", "implicit keep"])
        let gone = "--b\nContent-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 7bit\n\nGone.\n"
        #expect(result.message == all.replacing(invoice, with: gone))
    }

    @Test func itSetsMatchVariables() {
        let source = Self.require + "if attachment :inside :matches \"ev*\" { addheader \"X-Name\" \"${0}: ${1}\"; }"
        #expect(evaluate(source, on: all).header.hasPrefix("X-Name: evil.exe: il.exe\n"))
    }

    @Test(arguments: [locked, "UEsDBBQ", "H4sIAAAAAAAA"])
    func whatCannotBeLookedIntoSaysSo(octets: String) {
        let text = message(part("application/zip", "attachment; filename=a.zip", octets))
        let capabilities = "\"vnd.popsieve.attachment\""
        #expect(holds("attachment :inside :defect \"unread\"", requiring: capabilities, on: text) == true)
        #expect(holds("attachment :defect \"unread\"", requiring: capabilities, on: text) == false)
    }

    @Test func thePasswordOfAnArchiveDoesNotHideItsNames() {
        let text = message(part("application/zip", "attachment; filename=a.zip", Self.locked))
        let capabilities = "\"vnd.popsieve.attachment\""
        #expect(holds("attachment :inside :defect \"encrypted\"", requiring: capabilities, on: text) == true)
        #expect(holds("attachment :inside :extension \"exe\"", requiring: capabilities, on: text) == true)
        #expect(holds("attachment :inside :type \"windows-program\"", requiring: capabilities, on: text) == false)
    }

    /// What was not looked at could be what the test asks for; what was found is found.
    @Test func beyondALimitItFailsUnlessItHasFound() {
        let text = message(part("application/zip", "attachment; filename=a.zip", Self.deep))
        let source = "require \"vnd.popsieve.attachment\";\n"
        func failure(_ test: String) -> String? { evaluate("\(source)if \(test) { discard; }", on: text).failure }
        let reason = "2 an attachment is beyond a limit of reading it (too-deep)"
        #expect(failure("attachment :inside :extension \"exe\"") == reason)
        #expect(failure("attachment :inside :extension \"zip\"") == nil)
        #expect(failure("attachment :inside :defect \"encrypted\"") == reason)
        #expect(failure("attachment :inside :defect [\"encrypted\", \"unread\"]") == nil)
        #expect(failure("attachment :extension \"exe\"") == nil)
    }

    @Test func moreParametersThanAreReadAreFailure() {
        let many = (0..<201).map { "; p\($0)=1" }.joined()
        let text = message(part("application/zip\(many)", "attachment; filename=a.zip", AttachmentTests.archive))
        let result = evaluate("require \"vnd.popsieve.attachment\";\nif attachment \"x\" { discard; }", on: text)
        #expect(result.failure?.contains("too-many-parameters") == true)
    }

    // MARK: What the compiler says

    @Test(arguments: [
        ("attachment :extension \".exe\"", "no attachment has the extension \".exe\""),
        ("attachment :type \"windows-programm\"", "no attachment has the type \"windows-programm\""),
        ("attachment :declared \"pdf\"", "no attachment has the declared type \"pdf\""),
        ("attachment :defect \"encrypt\"", "no attachment has the defect \"encrypt\""),
    ])
    func keysThatNoFileHasAreWarnedOf(test: String, warning: String) {
        let source = "require \"vnd.popsieve.attachment\"; if \(test) { discard; }"
        let diagnostics = Compiler().compile(Array(source.utf8), name: "t").diagnostics
        #expect(diagnostics.map(\.message) == [warning])
    }

    @Test func oneAspectAtATimeIsAskedFor() {
        let source = "require \"vnd.popsieve.attachment\"; if attachment :name :type \"pdf\" { discard; }"
        #expect(evaluate(source).diagnostics.count == 1)
        #expect(
            Compiler().compile(
                Array("require \"vnd.popsieve.attachment\"; if attachment \"x\" { discard; }".utf8),
                name: "t"
            ).script?.depth == .body
        )
    }

    // MARK: The page about it

    private static let page = lines(of: "Attachments.md")

    private static func lines(of page: String) -> [String] {
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Sources/Sieve/Sieve.docc/\(page)").standardized
        let text = try? String(contentsOf: path, encoding: .utf8)
        return (text ?? "").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    @Test func eachTypeAndDefectIsExplained() {
        let names = Self.page.filter { $0.hasPrefix("| `") && !$0.hasPrefix("| `:") }
            .map { String($0.split(separator: "`")[1]) }
        #expect(names == FileType.allCases.map(\.rawValue) + AttachmentDefect.allCases.map(\.rawValue))
    }

    @Test func eachExampleCompilesAndRuns() {
        var scripts: [[String]] = []
        let lines = Self.page + Self.lines(of: "Disarm.md")
        for (line, before) in zip(lines, [""] + lines) {
            if before == "```sieve" { scripts.append([]) }
            if !scripts.isEmpty, scripts[scripts.count - 1].last != "```" { scripts[scripts.count - 1].append(line) }
        }
        #expect(scripts.count == 6)
        for script in scripts {
            let source = script.dropLast().joined(separator: "\n")
            #expect(Compiler().compile(Array(source.utf8), name: "t").diagnostics == [])
            #expect(evaluate(source, on: all).failure == nil)
        }
    }
}
