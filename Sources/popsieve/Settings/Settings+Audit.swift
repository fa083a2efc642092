// Where the audit log goes, as the settings say it, and what that is for whoever writes it.
// Must not open anything but the key of a chain.

import Audit
import Foundation
import TLS

extension Settings {
    /// The keys of `audit`.
    struct Audit: Equatable {
        enum Target: Equatable {
            case file(String)
            case standardOutput
            case syslog
            case journald

            /// As it is written; "-" is standard output.
            init(_ text: String) { self = text == "-" ? .standardOutput : .file(text) }
        }

        var target = Target.standardOutput
        var rotation: FileRotation?
        var isChained = false
        /// The file with a secret key for the chain.
        var chainKey: String?
        var syslog = Syslog(.local(path: "/dev/log"))
        /// systemd-journald's socket.
        var journal = Self.journal

        static let journal = "/run/systemd/journal/socket"
        /// Octets of the smallest file that is rotated.
        static let leastOctets = 64 << 10
        static let mostFiles = 1_000
        static let rotation = FileRotation(octets: 100 << 20, keep: 10)

        /// The file, where it is one.
        var file: String? { if case .file(let path) = target { path } else { nil } }

        /// What is said of a file means nothing for what is none.
        mutating func keepsNoFile() { (rotation, isChained, chainKey) = (nil, false, nil) }

        /// In a few words.
        var text: String {
            switch target {
            case .standardOutput: "standard output"
            case .syslog: "syslog at \(syslog.transport.text)"
            case .journald: "journald"
            case .file(let path):
                path
                    + (rotation.map { ", \($0.keep) rotated files of \(LimitField.Unit.octets.text($0.octets))" } ?? "")
                    + (isChained ? ", chained\(chainKey == nil ? "" : " with a key")" : "")
            }
        }

        /// As the settings file has it.
        var setting: String {
            switch target {
            case .standardOutput: return "-".quoted
            case .journald: return flow([("to", "journald"), ("address", "unix:\(journal)".quoted)])
            case .syslog:
                let address = ("address", syslog.transport.text.quoted)
                let rest = [("facility", syslog.facility.rawValue), ("format", syslog.format.rawValue)]
                return flow([("to", "syslog"), address] + rest)
            case .file(let path):
                guard rotation != nil || isChained else { return Self.isWord(path) ? "./\(path)".quoted : path.quoted }
                let size = rotation.map { LimitField.Unit.octets.text($0.octets) }
                let rotate = rotation.map { [("rotate", flow([("size", size ?? ""), ("keep", "\($0.keep)")]))] } ?? []
                let chain = isChained ? [("chain", "true")] : []
                let key = chainKey.map { [("chain-key", $0.quoted)] } ?? []
                return flow([("to", path.quoted)] + rotate + chain + key)
            }
        }

        /// A file of this name is named with its folder.
        static func isWord(_ text: String) -> Bool { ["syslog", "journald"].contains(text) }
    }
}

extension Settings.Audit {
    /// For whoever writes the log. Throws if the key can't be read.
    func destination() throws(UnreadableFile) -> AuditLog.Destination {
        switch target {
        case .standardOutput: return .standardOutput
        case .syslog: return .syslog(syslog)
        case .journald: return .journal(path: journal)
        case .file(let path):
            // A relay that gives way to another one writes until its last session ends, and either may rotate the file.
            let upkeep = FileUpkeep(rotation: rotation, chain: try chain(), followsPath: rotation != nil)
            return .file(path: path, upkeep: rotation == nil && !isChained ? nil : upkeep)
        }
    }

    /// How its hashes are made; nil where there are none.
    func chain() throws(UnreadableFile) -> ChainMethod? {
        guard isChained else { return nil }
        guard let chainKey else { return .plain }
        return try ChainMethod(keyAt: chainKey)
    }
}

extension ChainMethod {
    /// Octets of the shortest key, and of the longest.
    private static let keyLengths = 16...4_096

    /// Without a key.
    static let plain = ChainMethod(name: []) { SHA256.digest(of: $0) }

    /// With the key that a file holds; a line end behind it does not count.
    init(keyAt path: String) throws(UnreadableFile) {
        let variable = SettingsSection.octets(of: path)
        let limit = Self.keyLengths.upperBound
        let octets = if let variable { variable } else { try FileManager.default.regularFile(at: path, upTo: limit) }
        let key = octets.last == UInt8(ascii: "\n") ? Array(octets.dropLast()) : octets
        guard Self.keyLengths.contains(key.count) else {
            let short = "a key has at least \(Self.keyLengths.lowerBound) octets"
            throw UnreadableFile(description: short, fix: "make one with: openssl rand -hex 32")
        }
        // What tells two keys apart, and neither of them to anybody.
        let name = SHA256.code(of: Array("popsieve audit chain".utf8), key: key) ?? []
        self.init(name: name) { SHA256.code(of: $0, key: key) }
    }
}
