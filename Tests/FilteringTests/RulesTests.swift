// The rule files that ship: they compile without a warning, and do what their first lines say.

import Foundation
import Sieve
import Testing

@testable import Filtering

struct RulesTests {
    private static let folder = URL(filePath: #filePath).appending(path: "../../../Rules").standardized
        .resolvingSymlinksInPath()

    private func files() throws -> [RuleFile] {
        try FileManager.default.contentsOfDirectory(at: Self.folder, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "sieve" }
            .map { RuleFile(name: $0.lastPathComponent, source: Array(try Data(contentsOf: $0))) }
    }

    private func added(to header: String, size: Int = 1000) throws -> String? {
        let octets = Array((header + "\n\n").replacing("\n", with: "\r\n").utf8)
        let filter = Filter(ruleSet: try RuleSet(files: files()), header: octets, facts: Facts(size: size))
        guard case .finished(let verdict) = filter.run() else { return nil }
        let edited = verdict.header ?? octets
        #expect(Array(edited.suffix(octets.count)) == octets)
        let added = edited.dropLast(octets.count)
        return String(decoding: added, as: UTF8.self).replacing("\r\n", with: ";")
    }

    @Test func theyCompileWithoutAWarning() throws {
        let rules = try RuleSet(files: files())
        #expect(rules.warnings.map(\.description) == [])
        #expect(rules.depth == .header)
    }

    @Test func theyBeginWithWhatTheyDoAndNeverDo() throws {
        for file in try files() {
            let lines = String(decoding: file.source, as: UTF8.self).split(separator: "\n").prefix(3)
            #expect(lines.first?.hasPrefix("# ") == true, "\(file.name)")
            #expect(lines.joined().lowercased().contains("never"), "\(file.name)")
        }
    }

    @Test(arguments: [
        ("Subject: hello", ""),
        ("X-Spam-Flag: YES", "X-Popsieve-Spam: yes; by=SpamAssassin;"),
        ("X-Spam-Flag: NO", ""),
        ("X-Spam-Status: Yes, score=7.1 required=5.0\n tests=A,B", "X-Popsieve-Spam: yes; by=SpamAssassin;"),
        ("X-Spam-Status: No, score=-1.0", ""),
        ("X-Spam: Yes", "X-Popsieve-Spam: yes; by=Rspamd;"),
        ("X-Spamd-Result: default: True [17.1 / 15.0]", "X-Popsieve-Spam: yes; by=Rspamd;"),
        ("X-Spamd-Result: default: False [1.1 / 15.0]", ""),
        ("X-MS-Exchange-Organization-SCL: 6", "X-Popsieve-Spam: yes; by=Exchange;"),
        ("X-MS-Exchange-Organization-SCL: -1", ""),
        ("X-MS-Exchange-Organization-SCL: 1", ""),
        ("X-Bogosity: Spam, tests=bogofilter", "X-Popsieve-Spam: yes; by=Bogofilter;"),
        ("X-Bogosity: Ham, tests=bogofilter", ""),
        ("X-Virus-Status: Clean", ""),
        ("X-Virus-Status: Infected (Eicar)", "X-Popsieve-Virus: yes;"),
        ("X-Virus-Scanned: ClamAV", ""),
        ("X-Amavis-Alert: INFECTED, message contains virus: Eicar", "X-Popsieve-Virus: yes;"),
    ])
    func theyMark(header: String, fields: String) throws {
        #expect(try added(to: header) == fields)
    }

    @Test(arguments: [(10 << 20, ""), ((10 << 20) + 1, "X-Popsieve-Size: large;")])
    func theyMarkLargeMail(size: Int, fields: String) throws {
        #expect(try added(to: "Subject: x", size: size) == fields)
    }
}
