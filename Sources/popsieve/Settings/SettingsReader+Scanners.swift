// Scanners in the settings file: each with a name, and what it takes to ask it.
// Must not ask one: a scanner that is not there is no reason not to start.

import NIOCore
import Relay
import Scanning
import Sieve
import Yams

extension SettingsReader {
    func readScanners(_ root: SettingsSection) -> [Settings.Scanner] {
        guard let section = root.section("scanners") else { return [] }
        let names = section.names
        if names.isEmpty {
            root.error("scanners", "there is no scanner here", "write for example clamd: { address: … }")
        }
        section.refuseNamelessKey("a scanner")
        let scanners = names.compactMap { name in section[name].flatMap { readScanner($0, name: name) } }
        if scanners.count < names.count { root.markFaulty("scanners") }
        return scanners
    }

    private func readScanner(_ node: Node, name: String) -> Settings.Scanner? {
        guard let section = SettingsSection(node, source, what: "a scanner") else { return nil }
        let chosen = section.choice("type", Settings.Scanner.Kind.self)
        let address = readAddress(section, chosen ?? Settings.Scanner.Kind(rawValue: name))
        let command = section.list("command", readWord) ?? []
        let looksFor = section.list("looks-for", readScanKind)
        let timeout = section.time("timeout")
        let unscanned = section.choice("unscanned", RelayConfiguration.Unscanned.self)
        section.finish()
        guard let kind = chosen ?? Settings.Scanner.Kind(rawValue: name) else {
            let fix = "add for example type: clamd; one of: clamd, spamd, rspamd, command"
            if !section.places.holds("type") { section.misses("type", "\"\(name)\" is no scanner that is known", fix) }
            return nil
        }
        checkKeys(of: kind, section)
        guard let looked = kinds(kind, looksFor, section) else { return nil }
        if kind == .command {
            guard let program = command.first, program.hasPrefix("/"), !program.hasControlCharacter else {
                let fix = "write for example command: [/usr/local/bin/scan]"
                section.misses("command", "a command needs the absolute path of its program", fix)
                if section.places.holds("command") {
                    let isOdd = command.first?.hasControlCharacter == true
                    let message = isOdd ? "there is a control character in it" : "the program has no absolute path"
                    section.error("command", message, fix)
                }
                return nil
            }
        } else if address == nil {
            let fix = "write for example address: \"unix:/run/clamav/clamd.ctl\""
            section.misses("address", "a scanner needs an \"address\"", fix)
            return nil
        }
        var scanner = Settings.Scanner(
            name: name,
            kind: kind,
            address: address,
            command: command,
            looksFor: looked,
            unscanned: unscanned ?? (looked.contains(.virus) ? .postpone : .pass)
        )
        scanner.timeout = timeout ?? scanner.timeout
        scanner.places = section.places
        return scanner
    }

    private func readAddress(_ section: SettingsSection, _ kind: Settings.Scanner.Kind?) -> ScannerAddress? {
        guard let text = section.string("address") else { return nil }
        let isHTTP = text.hasPrefix("http://")
        if isHTTP, let kind, kind != .rspamd {
            section.error("address", "\(kind.rawValue) does not speak HTTP", "leave out \"http://\"")
            return nil
        }
        if let address = ScannerAddress(text) { return address }
        let example = kind.map(\.exampleAddress) ?? "127.0.0.1:3310"
        var fix = "write for example \"\(example)\" or \"unix:/run/scanner.sock\""
        if text.hasPrefix("unix:") || text.hasPrefix("/") || text.hasPrefix(".") {
            fix = "write \"unix:\" and its absolute path, of 107 octets at most, such as \"unix:/run/clamav/clamd.ctl\""
        } else if let remedy = Quantity.remedy(for: isHTTP ? String(text.dropFirst(7)) : text) {
            fix = remedy
        } else if Quantity.isHost(isHTTP ? String(text.dropFirst(7)) : text) {
            fix = "add the port, such as \"\(example)\""
        }
        section.error("address", "\"\(text)\" is not where a scanner listens", fix)
        return nil
    }

    /// What is of use to scanners of another kind alone.
    private func checkKeys(of kind: Settings.Scanner.Kind, _ section: SettingsSection) {
        let (key, fix) =
            kind == .command
            ? ("address", "take it away; a command is a program") : ("command", "take it away, or use type: command")
        guard section.places.holds(key), !section.places.leavesOpen(key), !section.places.leavesOpen("type") else {
            return
        }
        section.error(key, "\"\(key)\" means nothing with type: \(kind.rawValue)", fix)
    }

    private func readWord(_ node: Node) -> String? {
        if let scalar = node.scalar { return scalar.string }
        source.findings.error(source.place(of: node), "a word of a command is a text", "write it in quotes")
        return nil
    }

    private func readScanKind(_ node: Node) -> ScanKind? {
        let text = node.scalar?.string ?? ""
        if let kind = ScanKind(rawValue: text) { return kind }
        let message = "\"\(text)\" is nothing that scanners look for"
        source.findings.error(source.place(of: node), message, "one of: virus, spam")
        return nil
    }

    private func kinds(
        _ kind: Settings.Scanner.Kind,
        _ looksFor: [ScanKind]?,
        _ section: SettingsSection
    ) -> Set<ScanKind>? {
        switch kind {
        case .clamd, .spamd, .rspamd:
            let own: Set<ScanKind> = kind == .clamd ? [.virus] : [.spam]
            if let looksFor, Set(looksFor) != own, !section.places.leavesOpen("looks-for") {
                let what = own.map(\.rawValue).joined()
                section.error("looks-for", "\(kind.rawValue) looks for \(what) and nothing else", "take it away")
            }
            return own
        case .command:
            if let looksFor, !looksFor.isEmpty { return Set(looksFor) }
            let fix = "write looks-for: [virus], [spam] or both"
            section.misses("looks-for", "nobody knows what the command looks for", fix)
            if section.places.holds("looks-for"), !section.places.leavesOpen("looks-for") {
                section.error("looks-for", "a command looks for virus or spam", fix)
            }
            return nil
        }
    }
}

extension Settings.Scanner.Kind {
    /// Where such a scanner listens when nobody has set it otherwise.
    fileprivate var exampleAddress: String {
        switch self {
        case .clamd, .command: "127.0.0.1:3310"
        case .spamd: "127.0.0.1:783"
        case .rspamd: "http://127.0.0.1:11333"
        }
    }
}
