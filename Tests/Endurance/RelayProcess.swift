// The relay as a child process, seen from outside.
// Must not end it by itself: whoever started it does.

import ChildProcess
import Foundation

/// A `popsieve serve` that was built beside this program.
final class RelayProcess: Sendable {
    let process: ChildProcess
    /// Without TLS, and with TLS from the first octet where there is a certificate.
    let plain: Int
    let secure: Int?
    let folder: String
    /// Its audit log.
    private let audit: String

    /// - Parameters:
    ///   - upstream: lines of the settings.
    ///   - host: where it listens without TLS
    init(
        folder: String,
        upstream: String,
        certificate: String? = nil,
        more: String = "",
        host: String = "127.0.0.1"
    ) async throws {
        self.folder = folder
        audit = folder + "/audit-\(UUID().uuidString.prefix(8)).jsonl"
        var listeners = "listeners:\n  - { address: \"\(host):0\", tls: none }\n"
        if let certificate {
            listeners +=
                "  - { address: \"127.0.0.1:0\", tls: implicit, certificate: \"\(certificate)\", key: \"\(certificate)\" }\n"
        }
        let settings = listeners + "upstream: \(upstream)\naudit: \"\(audit)\"\ncontrol: none\n" + more
        try settings.write(toFile: folder + "/popsieve.yaml", atomically: true, encoding: .utf8)
        _ = FileManager.default.createFile(atPath: folder + "/popsieve.err", contents: nil)
        let own = (CommandLine.arguments[0] as NSString).deletingLastPathComponent
        process = try ChildProcess(
            path: (own.isEmpty ? "." : own) + "/popsieve",
            ["serve", "--config", folder + "/popsieve.yaml"],
            errors: FileHandle(forWritingAtPath: folder + "/popsieve.err") ?? .nullDevice
        )
        let ports = try await Self.ports(audit)
        plain = ports[0]
        secure = ports.count > 1 ? ports[1] : nil
    }

    private static func ports(_ audit: String) async throws -> [Int] {
        for _ in 0..<1_000 {
            let text = (try? String(contentsOfFile: audit, encoding: .utf8)) ?? ""
            if let line = text.split(separator: "\n").first(where: { $0.contains("service_started") }) {
                return line.matches(of: /(?:127\.0\.0\.1|\[::\]):(\d+)/).compactMap { Int($0.1) }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw NotStarted()
    }

    struct NotStarted: Error {}

    /// What its audit log says.
    var records: String { (try? String(contentsOfFile: audit, encoding: .utf8)) ?? "" }

    var isAlive: Bool {
        let status = try? String(contentsOfFile: "/proc/\(process.identifier)/status", encoding: .utf8)
        return status?.contains("State:\tZ") == false
    }

    var descriptors: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.identifier)/fd"))?.count ?? 0
    }

    /// Memory in use, in kB.
    var residentSize: Int {
        let status = (try? String(contentsOfFile: "/proc/\(process.identifier)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }
}
