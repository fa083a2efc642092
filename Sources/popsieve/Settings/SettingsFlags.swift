// What the command line says of the settings; it wins over the file.

/// Flags; nil or empty where the file, or the default, counts.
struct SettingsFlags: Sendable {
    var config: String?
    var upstream: String?
    var listen: [String] = []
    var rules: String?
    var audit: String?
    var logLevel: Settings.Log.Level?
    var control: String?

    func apply(to settings: inout Settings, _ findings: FindingList) {
        if let upstream { apply(upstream: upstream, to: &settings, findings) }
        if !listen.isEmpty { apply(listen: listen, to: &settings, findings) }
        if let rules {
            settings.rules = rules
            settings.places["rules"] = .flag("--rules")
        }
        if let audit {
            // A file goes on being kept as the settings say.
            settings.audit.target = .init(audit)
            if settings.audit.file == nil { settings.audit.keepsNoFile() }
            settings.places["audit"] = .flag("--audit")
            settings.auditPlaces = Places(.flag("--audit"))
        }
        settings.log.level = logLevel ?? settings.log.level
        if let control {
            settings.control = control
            settings.places["control"] = .flag("--control")
        }
    }

    private func apply(upstream text: String, to settings: inout Settings, _ findings: FindingList) {
        let place = Place.flag("--upstream")
        guard var upstream = Settings.Upstream(text, name: nil) else {
            let fix = "write for example pop.example.com or pop.example.com:995"
            settings.places.faulty.insert("upstream")
            findings.error(place, "\"\(text)\" is not a host", Quantity.remedy(for: text) ?? fix)
            return
        }
        upstream.places = Places(place)
        settings.upstreams = [upstream]
        settings.routes = []
        settings.accounts = []
        settings.passwords = nil
        settings.directory = nil
    }

    private func apply(listen: [String], to settings: inout Settings, _ findings: FindingList) {
        let place = Place.flag("--listen")
        settings.listeners = listen.compactMap { text in
            guard var listener = Settings.Listener(text) else {
                settings.places.faulty.insert("listeners")
                let fix = Quantity.remedy(for: text) ?? "write for example 127.0.0.1:1110"
                findings.error(place, "\"\(text)\" is not an address with a port", fix)
                return nil
            }
            listener.places = Places(place)
            return listener
        }
    }
}
