// Where a running relay is looked into and steered from: "control" and "metrics".
// Must not open anything.

import Yams

extension SettingsReader {
    func readWindows(_ root: SettingsSection, _ settings: inout Settings) {
        if let path = root.path("control", none: Settings.noControl) {
            settings.control = path == Settings.noControl ? path : source.path(path)
        }
        settings.metrics = metrics(root)
    }

    private func metrics(_ root: SettingsSection) -> Settings.Metrics? {
        guard let node = root["metrics"] else { return nil }
        guard case .mapping = node else {
            guard let text = root.string("metrics"), text != "none" else { return nil }
            return metrics(text, allowsRemote: false, root, "metrics")
        }
        guard let section = root.section("metrics") else { return nil }
        let (text, allowsRemote) = (section.string("address"), section.bool("allow-remote"))
        section.finish()
        section.misses("address", "\"metrics\" needs an \"address\"", Self.example)
        defer { if section.places.faulty.contains("address") { root.markFaulty("metrics") } }
        return text.flatMap {
            metrics(
                $0,
                allowsRemote: allowsRemote == true || section.places.leavesOpen("allow-remote"),
                section,
                "address"
            )
        }
    }

    private static let example = "write for example 127.0.0.1:9110, or none"

    private func metrics(
        _ text: String,
        allowsRemote: Bool,
        _ section: SettingsSection,
        _ key: String
    ) -> Settings.Metrics? {
        guard let address = Quantity.address(text) else {
            section.error(key, "\"\(text)\" is not an address with a port", Quantity.remedy(for: text) ?? Self.example)
            return nil
        }
        guard allowsRemote || Quantity.isLoopback(address.host) else {
            let message = "\"\(text)\" is no loopback address: whoever reaches it could ask who runs what here"
            let fix = "use 127.0.0.1, or write metrics: { address: \"\(text)\", allow-remote: true }"
            section.error(key, message, fix)
            return nil
        }
        return Settings.Metrics(host: address.host, port: address.port, allowsRemote: allowsRemote)
    }
}
