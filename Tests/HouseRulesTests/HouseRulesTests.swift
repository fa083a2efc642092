// The design's house rules, looked up in the source tree.
// Must not build or run anything: it reads files.

import Foundation
import Testing

@Suite("House rules")
struct HouseRulesTests {
    /// Records each breach by itself, so that all of them are seen at once.
    private func check(_ breaches: [String], sourceLocation: SourceLocation = #_sourceLocation) {
        for breach in breaches { Issue.record("\(breach)", sourceLocation: sourceLocation) }
    }

    private func breaches(
        of pattern: some RegexComponent,
        in files: [SourceFile],
        _ what: String,
        unless excused: (SourceFile, Int) -> Bool = { _, _ in false }
    ) -> [String] {
        files.flatMap { file in
            file.lineNumbers(matching: pattern).filter { !excused(file, $0) }.map { "\(file.path):\($0): \(what)" }
        }
    }

    /// A comment directly above, or one that is headed "Invariant" shortly above, says why it can't go wrong.
    private func hasInvariant(_ file: SourceFile, _ line: Int) -> Bool {
        file.lines[max(0, line - 2)].contains(/^\s*\/\//)
            || file.lines[max(0, line - 13)..<line].contains { $0.contains(/\/\/.*[Ii]nvariant/) }
    }

    @Test("the tree was found")
    func treeFound() {
        #expect(SourceTree.sources.count > 20)
        #expect(SourceTree.swift.contains { $0.path == "Tests/HouseRulesTests/HouseRulesTests.swift" })
    }

    // MARK: Layout

    @Test("the top level is what the user asked for")
    func topLevel() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: SourceTree.root)
        // The resolved versions are generated and not in the repository.
        let shown = names.filter { !$0.hasPrefix(".") && $0 != "Package.resolved" }
        #expect(shown.sorted() == ["Package.swift", "README.md", "Rules", "Sources", "Tests"])
    }

    @Test("every target has its tests")
    func mirrors() throws {
        let manager = FileManager.default
        let targets = try manager.contentsOfDirectory(atPath: SourceTree.root + "/Sources")
        for target in targets where !["CCrypt", "CICUData", "CLinux", "CMemory", "COpenSSL", "CPCRE2"].contains(target)
        {
            let name = target.prefix(1).uppercased() + target.dropFirst() + "Tests"
            #expect(manager.fileExists(atPath: SourceTree.root + "/Tests/" + name), "Tests/\(name)")
        }
    }

    @Test("no folder or file is a drawer for anything")
    func names() {
        let drawer = /(Utils?|Utilit(y|ies)|Helpers?|Managers?|Common|Misc|Stuff)([+.\/]|$)/
        check(SourceTree.files.filter { $0.path.contains(drawer) }.map { "\($0.path): name it after what it is" })
    }

    // MARK: Imports

    /// What each target may import; the direction of design and README.
    private static let system: Set = ["Glibc", "Synchronization"]
    private static let allowed: [String: Set<String>] = [
        "Octets": [],
        "POP3": ["Octets", "DequeModule"],
        "SASL": ["COpenSSL"],
        "Passwords": ["CCrypt", "Glibc"],
        "ProxyProtocol": [],
        "Dates": [],
        "Mail": ["Dates", "Octets", "Glibc", "Synchronization"],
        "Patterns": ["CPCRE2", "Glibc", "Synchronization"],
        "Sieve": ["Mail", "Octets", "Patterns"],
        "Filtering": ["Sieve", "Mail", "Patterns", "FoundationEssentials"],
        "Audit": system.union(["CLinux", "Dates", "SystemPackage"]),
        "AuditReading": ["Audit", "Patterns", "Foundation"],
        "Quarantine": system.union(["Mail", "SystemPackage"]),
        "Prometheus": ["CoreMetrics", "Synchronization"],
        "Store": ["Dispatch", "Foundation", "GRDB", "Synchronization", "SystemPackage"],
        "TLS": system.union(["COpenSSL", "NIOCore"]),
        "TLSChannel": ["TLS", "NIOCore"],
        "HTTPClient": system.union(["TLS", "TLSChannel", "NIOCore", "NIOPosix", "NIOHTTP1"]),
        "OAuth": ["HTTPClient", "TLS", "NIOCore", "NIOPosix", "FoundationEssentials"],
        "Tokens": system.union(["OAuth", "TLS", "Dispatch", "FoundationEssentials", "SystemPackage"]),
        "Transport": system.union([
            "CLinux", "CMemory", "TLS", "DequeModule", "HeapModule", "NIOCore", "NIOPosix", "Dispatch",
            "SystemPackage",
        ]),
        "Scanning": system.union(["CLinux", "NIOCore", "NIOPosix", "NIOHTTP1", "Foundation", "SystemPackage"]),
        "packaging": ["ArgumentParser", "Foundation"],
        "Relay": system.union([
            "POP3", "Filtering", "Sieve", "Mail", "Octets", "Patterns", "Audit", "Quarantine", "Scanning", "Store",
            "TLS", "Transport", "SASL", "Passwords", "ProxyProtocol",
            "NIOCore", "NIOPosix", "Logging", "ServiceLifecycle", "DequeModule", "SystemPackage",
        ]),
    ]

    @Test("imports point one way", arguments: allowed.keys.sorted())
    func imports(target: String) {
        let allowed = Self.allowed[target, default: []]
        let statement = /^\s*(?:@\S+\s+|\w+\s+)*?import\s+(?:(?:struct|class|enum|protocol|func|var|let)\s+)?(\w+)/
        for file in SourceTree.sources where file.target == target {
            for line in file.code {
                guard let module = line.firstMatch(of: statement)?.1 else { continue }
                #expect(allowed.contains(String(module)), "\(file.path) imports \(module)")
            }
        }
    }

    @Test("every target has its directions")
    func directionsComplete() {
        let targets = Set(SourceTree.sources.map(\.target))
        #expect(targets.subtracting(Self.allowed.keys) == ["popsieve"])
    }

    @Test("only the command line reads settings")
    func settings() {
        let files = SourceTree.sources.filter { !["popsieve", "packaging"].contains($0.target) }
        check(breaches(of: /\b(Yams|ArgumentParser|ProcessInfo|getenv)\b/, in: files, "settings are for popsieve"))
    }

    @Test("libraries without IO read no clock and open nothing")
    func pureCores() {
        let pure = ["POP3", "ProxyProtocol", "Dates", "Sieve", "Filtering"]
        let cores = SourceTree.sources.filter { pure.contains($0.target) }
        let outside =
            /\b(clock_gettime|ContinuousClock|SuspendingClock|FileHandle|FileManager|fopen|open\(|socket\(|print\()/
        check(breaches(of: outside, in: cores, "a core reaches outside"))
    }

    // MARK: Unsafe code

    /// Where C pointers live. Elsewhere a file says in its opening comment, or at the line, why it is allowed.
    private func mayBeUnsafe(_ file: SourceFile, _ line: Int) -> Bool {
        ["TLS", "TLSTests", "Transport", "TransportTests", "Patterns", "PatternsTests"].contains(file.target)
            || file.lines.prefix(2).contains { $0.contains(/unsafe|C pointers/) } || hasInvariant(file, line)
    }

    /// The patterns of the rules are no code of the kind that they look for.
    private static let judged = SourceTree.swift.filter { $0.target != "HouseRulesTests" }

    @Test("unsafe code in its places only")
    func unsafeCode() {
        check(breaches(of: /\bunsafe\b/, in: Self.judged, "unsafe without a reason", unless: mayBeUnsafe))
        let declared = SourceTree.sources.filter { $0.lines.prefix(2).contains { $0.contains("C pointers") } }
        #expect(Set(declared.map(\.target)).isSubset(of: ["TLS", "Patterns", "Mail"]))
    }

    @Test("what may trap or race carries its invariant")
    func traps() {
        let trap =
            /\btry!|@unchecked\s+Sendable|nonisolated\(unsafe\)|\bfatalError\(|\bunsafeBitCast\b|\bas!|[\w)\]]!(?:[.,)\]}\s(]|$)/
        check(breaches(of: trap, in: Self.judged, "no invariant is given", unless: hasInvariant))
    }

    // MARK: Size and words

    @Test("files stay short")
    func fileLength() {
        check(SourceTree.swift.filter { $0.lines.count > 500 }.map { "\($0.path): \($0.lines.count) lines" })
    }

    @Test("functions stay short")
    func functionLength() {
        check(
            SourceTree.sources.flatMap { file in
                FunctionLengths.all(in: file.code).filter { $0.length > 60 }
                    .map { "\(file.path):\($0.line): a function of \($0.length) lines" }
            }
        )
    }

    /// A second line, "Must not …", guards a boundary where there is one to guard.
    @Test("a file opens with what it is for")
    func openings() {
        check(SourceTree.swift.filter { !$0.lines[0].hasPrefix("// ") }.map { "\($0.path): no opening comment" })
    }

    @Test("rule files open with what they do")
    func ruleOpenings() {
        let rules = SourceTree.files.filter { $0.path.hasPrefix("Rules/") && $0.path.hasSuffix(".sieve") }
        #expect(!rules.isEmpty)
        check(rules.filter { !($0.lines.first ?? "").hasPrefix("# ") }.map { "\($0.path): no opening comment" })
    }

    @Test("nothing is left for later, and nothing is of one machine")
    func leftovers() {
        // Put together here, so that this file is clean itself.
        let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "HA" + "CK:", "/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/"]
        for file in SourceTree.files {
            for (index, line) in file.lines.enumerated() {
                for word in words where line.contains(word) {
                    Issue.record("\(file.path):\(index + 1): \(word)")
                }
            }
        }
    }

    // MARK: Dependencies

    /// Each has its sentence in Package.swift, or is brought by one that has.
    private static let packages: Set = [
        "swift-nio", "swift-collections", "swift-log", "swift-metrics", "swift-argument-parser",
        "swift-service-lifecycle", "yams", "swift-async-algorithms", "swift-atomics", "swift-system",
        "swift-subprocess", "grdb.swift",
    ]

    private struct Resolved: Decodable {
        struct Pin: Decodable { let identity: String }
        let pins: [Pin]
    }

    @Test("the dependency tree holds what was agreed, and no second TLS library")
    func dependencies() throws {
        let file = URL(fileURLWithPath: SourceTree.root + "/Package.resolved")
        let pins = try JSONDecoder().decode(Resolved.self, from: Data(contentsOf: file)).pins
        #expect(!pins.isEmpty)
        check(pins.map(\.identity).filter { !Self.packages.contains($0) }.map { "\($0): not agreed" })
        let ssl = /(?i)boringssl|nio-?ssl/
        let manifest = SourceTree.files.filter { $0.path == "Package.swift" }
        check(breaches(of: ssl, in: manifest + SourceTree.sources, "OpenSSL of the system only"))
    }
}
