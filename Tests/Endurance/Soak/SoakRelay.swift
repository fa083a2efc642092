// The relay of a soak, and those that take its place.
// Must not be the only one that looks at a failure: its files are kept where anything failed.

import ChildProcess
import Foundation

struct SoakRelay {
    static let addedField = "X-Judged: yes\r\n"

    private static let rules = """
        require ["editheader", "body"];
        addheader "X-Judged" "yes";
        if body :raw :contains "nobody writes this" { discard; }
        """

    let folder: String
    let ports: [Int]
    private(set) var process: ChildProcess
    private(set) var before: [ChildProcess] = []

    var audit: String { folder + "/disk/audit.jsonl" }

    init(folder: String, pem: String, clean: Int, faulty: Int) async throws {
        self.folder = folder
        ports = [Int.random(in: 10_000..<20_000), Int.random(in: 20_000..<32_000)]
        try FileManager.default.createDirectory(atPath: folder + "/rules", withIntermediateDirectories: true)
        try Self.rules.write(toFile: folder + "/rules/10-soak.sieve", atomically: true, encoding: .utf8)
        let upstream = { (port: Int) in "{ host: 127.0.0.1, port: \(port), ca: \"\(pem)\", name: localhost }" }
        let disk = folder + "/disk"
        let settings = """
            listeners:
              - { address: "127.0.0.1:\(ports[0])", tls: none }
              - { address: "127.0.0.1:\(ports[1])", tls: implicit, certificate: "\(pem)", key: "\(pem)" }
            upstreams: { clean: \(upstream(clean)), faulty: \(upstream(faulty)) }
            routes: [{ user: "faulty*", upstream: faulty }, { user: "*", upstream: clean }]
            rules: "\(folder)/rules"
            audit: "\(disk)/audit.jsonl"
            store: "\(disk)/store.sqlite"
            quarantine: "\(disk)/quarantine"
            control: "\(folder)/control"
            timeouts: { reply: 15s, stall: 15s, greeting: 15s, login: 30s }

            """
        try settings.write(toFile: folder + "/popsieve.yaml", atomically: true, encoding: .utf8)
        process = try Self.start(folder, 0)
        try await serves(0)
    }

    /// Each has a file of its own for what it says: two that write one file write over each other's words.
    private static func errors(_ folder: String, _ number: Int) -> String { "\(folder)/popsieve-\(number).err" }

    private static func start(_ folder: String, _ number: Int) throws -> ChildProcess {
        let own = (CommandLine.arguments[0] as NSString).deletingLastPathComponent
        let errors = errors(folder, number)
        _ = FileManager.default.createFile(atPath: errors, contents: nil)
        let command = ["serve", "--config", folder + "/popsieve.yaml"] + (number > 0 ? ["--take-over"] : [])
        return try ChildProcess(
            path: (own.isEmpty ? "." : own) + "/popsieve",
            command,
            errors: FileHandle(forWritingAtPath: errors) ?? .nullDevice
        )
    }

    /// Another one takes its place.
    mutating func takeOver() async throws {
        let heir = try Self.start(folder, before.count + 1)
        before.append(process)
        process = heir
        try await serves(before.count)
    }

    private func serves(_ number: Int) async throws {
        for _ in 0..<500 {
            let said = (try? String(contentsOfFile: Self.errors(folder, number), encoding: .utf8)) ?? ""
            if said.components(separatedBy: "listening address=").count > ports.count { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw RelayProcess.NotStarted()
    }

    /// All that have not ended.
    var alive: [ChildProcess] {
        ([process] + before).filter { process in
            let status = try? String(contentsOfFile: "/proc/\(process.identifier)/status", encoding: .utf8)
            return status?.contains("State:\tZ") == false
        }
    }

    /// Memory in kB of the one that accepts, and open files of all of them together.
    var usage: (memory: Int, descriptors: Int) {
        let status = (try? String(contentsOfFile: "/proc/\(process.identifier)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        let descriptors = alive.reduce(0) { sum, process in
            let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.identifier)/fd")
            return sum + (files?.count ?? 0)
        }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0, descriptors)
    }

    /// Sessions in the audit log: those that have opened and not closed, and lines that are missing.
    func accounts() throws -> (opened: Int, unclosed: Int, lost: Int) {
        var open = Set<Substring>()
        var (opened, lost) = (0, 0)
        let text = try String(contentsOfFile: audit, encoding: .utf8)
        for line in text.split(separator: "\n") {
            let session = line.firstMatch(of: /"session":"([^"]*)"/)?.1 ?? ""
            if line.contains("\"event\":\"session_opened\"") {
                opened += 1
                open.insert(session)
            } else if line.contains("\"event\":\"session_closed\"") {
                open.remove(session)
            } else if line.contains("\"event\":\"audit_lost\"") {
                lost += 1
            }
        }
        return (opened, open.count, lost)
    }
}
