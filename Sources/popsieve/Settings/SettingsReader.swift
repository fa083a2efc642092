// From the text of a settings file to settings, with every fault it has.
// Must not open the files that settings name; see SettingsLoader.

import NIOCore
import POP3
import Relay
import Yams

/// Reads one settings file.
struct SettingsReader {
    let source: SettingsSource

    /// - Parameter file: as findings show it; relative paths in the text are relative to its directory.
    static func read(_ yaml: String, file: String, _ findings: FindingList) -> Settings {
        let source = SettingsSource(file: file, text: yaml, findings: findings)
        var settings = Settings()
        settings.places = Places(source.place)
        do {
            guard let node = try Yams.compose(yaml: yaml) else { return settings }
            // What can't be read as a whole may well say everything.
            settings.places.hasUnknownKeys = true
            guard let root = SettingsSection(node, source, what: "a settings file") else { return settings }
            SettingsReader(source: source).read(root, into: &settings)
        } catch {
            settings.places.hasUnknownKeys = true
            findings.add(YAMLFault(error, in: source).finding)
        }
        return settings
    }

    private func read(_ root: SettingsSection, into settings: inout Settings) {
        settings.upstreams = readUpstreams(root)
        settings.listeners = root.list("listeners", readListener) ?? settings.listeners
        settings.routes = root.list("routes", readRoute) ?? []
        readAccounts(root, into: &settings)
        settings.directory = readDirectory(root)
        readOAuth(root, into: &settings)
        settings.rules = root.path("rules").map(source.path)
        settings.language = readLanguage(root)
        readAudit(root, &settings)
        readQuarantine(root, &settings.quarantine)
        settings.notices = root.path("notices").map(source.path)
        if let file = root.path("store", none: Settings.noStore) {
            settings.store = file == Settings.noStore ? file : source.path(file)
        }
        readReserve(root, &settings)
        settings.trustedNetworks = root.list("trusted-networks", readNetwork) ?? settings.trustedNetworks
        settings.trustedProxies = root.list("trusted-proxies", readNetwork) ?? []
        settings.allowPlaintextLogin = root.bool("allow-plaintext-login") ?? settings.allowPlaintextLogin
        settings.passThrough = root.list("pass-through", readCommand) ?? settings.passThrough
        settings.lineEndings = root.choice("line-endings", RelayConfiguration.LineEndings.self) ?? settings.lineEndings
        settings.rejected = root.choice("rejected", RelayConfiguration.Rejected.self) ?? settings.rejected
        settings.sizeLimit = root.sizeLimit()
        settings.users = root.list("users", readUser) ?? []
        if let section = root.section("timeouts") { readTimeouts(section, &settings.timeouts) }
        if let section = root.section("limits") {
            settings.limits.areSessionsChosen = section.places.holds("sessions")
            read(LimitField.all, section, &settings.limits)
            section.finish()
        }
        if let section = root.section("holding") { readHolding(section, &settings) }
        if let section = root.section("log") { readLog(section, &settings.log) }
        settings.scanners = readScanners(root)
        readWindows(root, &settings)
        root.finish()
        settings.places = root.places
        settings.places.section = source.place
    }

    private func readReserve(_ root: SettingsSection, _ settings: inout Settings) {
        guard let reserve = root.value("size-reserve", "a number of octets", "512 or 1 KiB", Quantity.size) else {
            return
        }
        let most = 65_536
        // What fills it up is a field of its own.
        if reserve == 0 || (SizeReserve.least...most).contains(reserve) {
            settings.sizeReserve = reserve
        } else {
            let fix = "0 for none, or \(SizeReserve.least) to \(most)"
            root.error("size-reserve", "\(reserve) does not fit \"size-reserve\"", fix)
        }
    }

    private func readListener(_ node: Node) -> Settings.Listener? {
        let fix = "write for example \"127.0.0.1:1110\" or \"[::]:995\""
        func address(_ text: String, _ place: Place) -> Settings.Listener? {
            if let listener = Settings.Listener(text) { return listener }
            let isSocket = text.hasPrefix("unix:")
            let what = "\"\(text)\" is \(isSocket ? "no path of a socket" : "not an address with a port")"
            source.findings.error(place, what, isSocket ? Self.socketFix : Quantity.remedy(for: text) ?? fix)
            return nil
        }
        if let text = node.scalar?.string {
            var listener = address(text, source.place(of: node))
            listener?.places = Places(source.place(of: node))
            return listener
        }
        guard let section = SettingsSection(node, source, what: "a listener") else { return nil }
        let text = section.string("address")
        let tls = section.encryption()
        let certificate = section.secretPath("certificate")
        let key = section.secretPath("key", mayBeVariable: true)
        let sizeLimit = section.sizeLimit()
        let takesProxyHeader = section.bool("proxy-protocol") ?? false
        let mode = section.value("mode", "a mode of a file, in octal digits", "0660") { text in
            UInt32(text, radix: 8).flatMap { $0 <= 0o777 ? $0 : nil }
        }
        section.finish()
        section.misses("address", "a listener needs an \"address\"", fix)
        guard let text, var listener = address(text, section.places["address"]) else { return nil }
        listener.tls = tls ?? .none
        listener.mode = mode
        listener.certificate = certificate
        listener.key = key
        listener.sizeLimit = sizeLimit
        listener.takesProxyHeader = takesProxyHeader
        listener.places = section.places
        return listener
    }

    static let socketFix = "write \"unix:\" and its absolute path, of 107 octets at most"

    func readNetwork(_ node: Node) -> Network? {
        let text = node.scalar?.string ?? ""
        do {
            return try Network(text)
        } catch {
            let fix =
                switch error {
                case .notAnAddress: "write for example 192.0.2.0/24 or \"2001:db8::/32\""
                case .badPrefix(let most): "behind the slash stands a number from 0 to \(most)"
                case .bitsBehindPrefix: "it begins with an address of which the bits behind the slash's are 0"
                }
            source.findings.error(source.place(of: node), "\"\(text)\" is not a network", fix)
            return nil
        }
    }

    private func readRoute(_ node: Node) -> Settings.Route? {
        guard let section = SettingsSection(node, source, what: "a route") else { return nil }
        let user = section.string("user")
        let upstream = section.string("upstream")
        let name = section.string("as")
        section.finish()
        if let user, let upstream {
            return Settings.Route(user: user, upstream: upstream, name: name, places: section.places)
        }
        for key in ["user", "upstream"] {
            let fix = "write for example { user: \"*@example.com\", upstream: office }"
            section.misses(key, "a route needs \(key == "user" ? "a" : "an") \"\(key)\"", fix)
        }
        return nil
    }

    private func readCommand(_ node: Node) -> String? {
        let name = node.scalar?.string.uppercased() ?? ""
        let place = source.place(of: node)
        guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            source.findings.error(place, "a command is one word", "write for example XTND")
            return nil
        }
        guard name != "XCLIENT" else {
            let message = "with XCLIENT a client says who it is, and anybody could pose as anybody"
            source.findings.error(place, message, "take it away; xclient: true of an upstream tells it the truth")
            return nil
        }
        guard !Command.isTaken(name) else {
            let message = "Popsieve knows \(name) and handles it itself: passing it through changes nothing"
            source.findings.error(place, message, "take it away")
            return nil
        }
        return name
    }

    private func readTimeouts(_ section: SettingsSection, _ timeouts: inout RelayConfiguration.Timeouts) {
        for field in TimeoutField.all {
            if let value = section.time(field.key) { timeouts[keyPath: field.path] = value }
        }
        section.finish()
    }

    private func read(_ fields: [LimitField], _ section: SettingsSection, _ limits: inout RelayLimits) {
        for field in fields {
            let (what, example, parse) = field.unit.reading
            guard let value = section.value(field.key, what, example, parse) else { continue }
            if value >= field.least {
                limits[keyPath: field.path] = value
            } else {
                section.error(field.key, "\(value) is too small for \"\(field.key)\"", "at least \(field.least)")
            }
        }
    }

    private func readHolding(_ section: SettingsSection, _ settings: inout Settings) {
        read(LimitField.holding, section, &settings.limits)
        if let folder = section.path("folder") { settings.limits.holding.folder = source.path(folder) }
        if let patience = section.time("patience") { settings.limits.holding.patience = patience }
        section.finish()
        settings.holdingPlaces = section.places
    }

    private func readLog(_ section: SettingsSection, _ log: inout Settings.Log) {
        log.level = section.choice("level", Settings.Log.Level.self) ?? log.level
        log.format = section.choice("format", Settings.Log.Format.self) ?? log.format
        section.finish()
    }
}

extension SettingsSection {
    /// A time that is more than none.
    func time(_ key: String) -> TimeAmount? {
        guard let time = value(key, "a time", "30s, 10m or 2h", Quantity.duration) else { return nil }
        if time > .zero { return time }
        error(key, "\(string(key) ?? "0s") is too small for \"\(key)\"", "at least 1ms")
        return nil
    }
}

extension Command {
    /// Whether a word is not passed on as it is, whatever settings say: a command of POP3, or another protocol's.
    fileprivate static func isTaken(_ word: String) -> Bool {
        let line = Array(word.utf8)
        if isForeign(line.span) { return true }
        do throws(CommandError) {
            if case .unknown = try Command(parsing: line.span) { return false }
            return true
        } catch {
            // Only what it knows has arguments that are missing.
            return true
        }
    }
}
