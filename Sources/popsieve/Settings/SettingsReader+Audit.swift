// The audit log in the settings file: where it goes alone, or with how it is kept there.
// Must not look at files or ask for addresses.

import Audit
import Yams

extension SettingsReader {
    func readAudit(_ root: SettingsSection, _ settings: inout Settings) {
        guard let node = root["audit"] else { return }
        if case .mapping = node {
            guard let section = root.section("audit") else { return }
            read(section, &settings.audit)
            settings.auditPlaces = section.places
        } else if let target = target("audit", root) {
            settings.audit.target = target
            settings.auditPlaces = Places(source.place(of: node))
        }
    }

    /// There always is one.
    private func target(_ key: String, _ section: SettingsSection) -> Settings.Audit.Target? {
        guard let text = section.path(key) else { return nil }
        let isPlain = section[key]?.scalar?.style == .plain
        guard text.lowercased() != "none" || !isPlain else {
            section.error(key, "\"\(key)\" can't be none", "name a file, or write \"-\" for standard output")
            return nil
        }
        switch text {
        case "syslog": return .syslog
        case "journald": return .journald
        default: return text == "-" ? .standardOutput : .file(source.path(text))
        }
    }

    private func read(_ section: SettingsSection, _ audit: inout Settings.Audit) {
        if let target = target("to", section) { audit.target = target }
        readRotation(section, &audit)
        audit.isChained = section.bool("chain") ?? false
        audit.chainKey = section.secretPath("chain-key", mayBeVariable: true)
        readServer(section, &audit)
        section.finish()
        section.misses("to", "\"audit\" needs a \"to\"", "name a file, or write \"-\", syslog or journald")
        if audit.chainKey != nil, !audit.isChained, !section.places.leavesOpen("chain") {
            let message = "\"chain-key\" means nothing without a chain"
            section.error("chain-key", message, "write chain: true, or take it away")
        }
        guard !section.places.leavesOpen("to") else { return }
        for (keys, fits, what) in [
            (["rotate", "chain", "chain-key"], audit.file != nil, "a file"),
            (["address"], audit.target == .syslog || audit.target == .journald, "syslog or journald"),
            (["facility", "format"], audit.target == .syslog, "syslog"),
        ] where !fits {
            for key in keys where section.places.holds(key) {
                section.error(key, "\"\(key)\" is for \(what)", "take it away, or write another \"to\"")
            }
        }
    }

    private func readRotation(_ section: SettingsSection, _ audit: inout Settings.Audit) {
        guard let rotate = section.section("rotate") else { return }
        var rotation = Settings.Audit.rotation
        if let octets = rotate.value("size", "a size", "100 MiB", Quantity.size) {
            rotation.octets = octets
            if octets < Settings.Audit.leastOctets {
                rotate.error("size", "\(octets) is too small for \"size\"", "at least 64 KiB")
            }
        }
        if let keep = rotate.value("keep", "a number from 1 to \(Settings.Audit.mostFiles)", "10", Quantity.count) {
            rotation.keep = keep
            if !(1...Settings.Audit.mostFiles).contains(keep) {
                rotate.error("keep", "\(keep) does not fit \"keep\"", "1 to \(Settings.Audit.mostFiles)")
            }
        }
        rotate.finish()
        audit.rotation = rotation
    }

    private func readServer(_ section: SettingsSection, _ audit: inout Settings.Audit) {
        let facility = section.choice("facility", Syslog.Facility.self) ?? .mail
        let format = section.choice("format", Syslog.Format.self)
        let address = section.string("address")
        var transport = audit.syslog.transport
        if let address {
            if let given = Syslog.Transport(setting: address, folder: source.path) {
                transport = given
            } else {
                let fix = "write for example \"unix:/dev/log\", \"udp:127.0.0.1:514\" or \"tcp:log.example.com:601\""
                section.error("address", "\"\(address)\" is no address of a log's server", fix)
            }
        }
        if audit.target == .journald {
            guard address != nil, !section.places.leavesOpen("address") else { return }
            if case .local(let path) = transport {
                audit.journal = path
            } else {
                section.error("address", "journald is on this machine", "write for example \"unix:\(audit.journal)\"")
            }
            return
        }
        audit.syslog = Syslog(transport, facility: facility, format: format)
    }
}

extension Syslog.Transport {
    /// `unix:PATH`, `udp:HOST:PORT`, `tcp:HOST:PORT`; without a port it is 514, or 601 for a stream (RFC 3195).
    init?(setting text: String, folder: (String) -> String) {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let rest = String(text[text.index(after: colon)...])
        switch text[..<colon] {
        case "unix":
            // As long as a socket's address may be.
            guard !rest.isEmpty, folder(rest).utf8.count < 108 else { return nil }
            self = .local(path: folder(rest))
        case "udp":
            guard let server = Quantity.server(rest, port: 514) else { return nil }
            self = .udp(host: server.host, port: server.port)
        case "tcp":
            guard let server = Quantity.server(rest, port: 601) else { return nil }
            self = .tcp(host: server.host, port: server.port)
        default: return nil
        }
    }
}
