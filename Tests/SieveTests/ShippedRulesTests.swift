// The rule files that ship and do nothing as they come: what they do once a scanner is set up, or their signs are removed.
// Must not test those that are on; rules.svtest does.

import Foundation
import Mail
import Testing

@testable import Sieve

struct ShippedRulesTests {
    /// A rule file; one that is switched off is switched on.
    private static func rule(_ name: String, isOff: Bool = false) throws -> String {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Rules").standardized
        let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        guard isOff, let start = text.range(of: "\n\n")?.upperBound else { return text }
        return text[start...].split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasPrefix("# ") ? line.dropFirst(2) : line == "#" ? "" : line
        }.joined(separator: "\n")
    }

    private func added(_ result: Result) -> [String] {
        result.header.split(separator: "\n").filter { $0.hasPrefix("X-Popsieve-") }.map(String.init)
    }

    // MARK: Scanners

    @Test(
        arguments: [
            (nil, []),
            (
                ScanReport.spam(points: 7.25, worst: 15, symbols: ["BAYES_50", "HTML_ONLY"]),
                ["X-Popsieve-Spam-Symbols: BAYES_50, HTML_ONLY", "X-Popsieve-Spam-Score: 7.25 of 15"]
            ),
            (
                .spam(points: 15, worst: 15, symbols: []),
                ["X-Popsieve-Spam: yes; by=scanner", "X-Popsieve-Spam-Score: 15 of 15"]
            ),
            (
                .spam(points: 6.5, worst: 15, isSpam: true, symbols: []),
                ["X-Popsieve-Spam: yes; by=scanner", "X-Popsieve-Spam-Score: 6.5 of 15"]
            ),
            (
                .spam(points: 7.25, worst: nil, isSpam: true, symbols: []),
                ["X-Popsieve-Spam: yes; by=scanner", "X-Popsieve-Spam-Score: 7.25"]
            ),
            (.unscanned(.spam, reason: "time-out"), ["X-Popsieve-Spam-Score: unscanned; time-out"]),
        ] as [(ScanReport?, [String])]
    )
    func aSpamScannersScoreIsAHeader(report: ScanReport?, fields: [String]) throws {
        let result = evaluate(
            try Self.rule("15-spam-score.sieve"),
            on: "From: a@b.example\n\nx",
            scans: report.map { [$0] } ?? []
        )
        #expect(result.failure == nil)
        #expect(added(result) == fields)
    }

    @Test(
        arguments: [
            (nil, ["implicit keep"]), (.virus(.clean, names: []), ["implicit keep"]),
            (.unscanned(.virus, reason: "time-out"), ["implicit keep"]),
            (.virus(.infected, names: ["Eicar"]), ["addheader X-Popsieve-Virus", "fileinto infected"]),
            (.virus(.suspected, names: []), ["addheader X-Popsieve-Virus", "fileinto infected"]),
        ] as [(ScanReport?, [String])]
    )
    func infectedMailIsPutIntoQuarantine(report: ScanReport?, actions: [String]) throws {
        let result = evaluate(
            try Self.rule("25-infected.sieve"),
            on: "From: a@b.example\n\nx",
            scans: report.map { [$0] } ?? []
        )
        #expect(result.failure == nil)
        #expect(result.actions == actions)
    }

    /// What has no quarantine still marks; what has no scanner is no error.
    @Test(arguments: [(["fileinto"], 1), (["fileinto", "virustest", "spamtest"], 0)])
    func theyCompileWhereSomethingIsMissing(missing: [String], marks: Int) throws {
        for name in ["15-spam-score.sieve", "25-infected.sieve"] {
            var options = CompilerOptions()
            options.scans = missing.count > 1 ? [] : [.spam, .virus]
            for extensionName in missing { options.refusals[extensionName] = "not here" }
            let compilation = Compiler(options: options).compile(Array(try Self.rule(name).utf8), name: name)
            #expect(compilation.diagnostics == [])
            let script = try #require(compilation.script)
            // What is never run asks for nothing.
            #expect(marks > 0 ? script.depth == .scan : script.depth <= .header)
            #expect(script.scans.isEmpty == (marks == 0))
        }
    }

    // MARK: Attachments

    private static func message(_ parts: String...) -> String {
        "From: a@b.example\nContent-Type: multipart/mixed; boundary=b\n\n"
            + parts.map { "--b\n\($0)\n" }.joined() + "--b--\n"
    }

    private static let text = "Content-Type: text/plain\n\nHello"
    private static let picture =
        "Content-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo="

    private static let dangerous: [(name: String, part: String)] = [
        ("by its extension", "Content-Disposition: attachment; filename=a.pdf.JS\n\nx"),
        ("by one of two names", "Content-Disposition: attachment; filename=a.txt\nContent-Type: a/b; name=a.exe\n\nx"),
        ("by its type", "Content-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\nTVqQAAMAAAAE"),
        (
            "in an archive",
            "Content-Disposition: attachment; filename=a.zip\nContent-Transfer-Encoding: base64\n\n"
                + AttachmentTests.archive
        ),
        (
            "in an archive with a password",
            "Content-Disposition: attachment; filename=a.zip\nContent-Transfer-Encoding: base64\n\n"
                + AttachmentTests.locked
        ),
        (
            "in more archives than are looked into",
            "Content-Disposition: attachment; filename=a.zip\nContent-Transfer-Encoding: base64\n\n"
                + AttachmentTests.deep
        ),
    ]

    @Test(arguments: dangerous.indices)
    func dangerousAttachmentsAreReplaced(index: Int) throws {
        let rule = try Self.rule("40-attachments.sieve", isOff: true)
        let part = Self.dangerous[index].part
        let result = evaluate(rule, on: Self.message(Self.text, part, Self.picture))
        #expect(result.diagnostics == [])
        #expect(result.failure == nil)
        #expect(result.actions == ["replace", "implicit keep"], "\(Self.dangerous[index].name)")
        let pieces = Self.message(Self.text, "§", Self.picture).split(separator: "§")
        let message = try #require(result.message)
        #expect(message.hasPrefix(pieces[0]) && message.hasSuffix(pieces[1]))
        #expect(message.contains("An attachment was removed here"))
        #expect(message.contains("\na."))
        #expect(!message.contains(part))
    }

    @Test func harmlessAttachmentsAreLeftAlone() throws {
        let rule = try Self.rule("40-attachments.sieve", isOff: true)
        let message = Self.message(Self.text, Self.picture, "Content-Type: text/html; name=a.html\n\n<p>MZ")
        #expect(evaluate(rule, on: message).actions == ["implicit keep"])
        #expect(evaluate(try Self.rule("40-attachments.sieve"), on: message).actions == ["implicit keep"])
    }
}
