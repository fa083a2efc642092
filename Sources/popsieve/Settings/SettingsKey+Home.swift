// Where a key belongs that stands in the wrong section.
// Must not guess: it is for keys that are written right.

extension SettingsKey {
    /// Such as "an upstream or a listener"; nil for what is no key anywhere.
    static func home(of key: String) -> String? {
        let homes = homes.filter { $0.keys.contains(key) }.map(\.name)
        guard let last = homes.last else { return nil }
        return homes.count == 1 ? last : "\(homes.dropLast().joined(separator: ", ")) or \(last)"
    }

    /// Each section by its name in a sentence.
    private static var homes: [(name: String, keys: [String])] {
        [
            ("the top level", topLevel), ("an upstream", upstream.map(\.key)), ("a listener", listener.map(\.key)),
            ("a route", route.map(\.key)), ("an account", account.map(\.key)),
            ("an element of \"users\"", user.map(\.key)),
            ("\"auth-http\"", directory.map(\.key)), ("a provider", provider.map(\.key)),
            ("\"tokens\"", tokens.map(\.key)),
            ("\"audit\"", (audit + auditServer).map(\.key)), ("\"rotate\"", rotate.map(\.key)),
            ("\"quarantine\"", quarantine.map(\.key)), ("\"size-limit\"", sizeLimit.map(\.key)),
            ("\"spamtest\" or \"virustest\"", score.map(\.key)), ("\"editheader\"", editheader.map(\.key)),
            ("a scanner", (scanner + command).map(\.key)),
            ("\"holding\"", LimitField.holding.map(\.key) + holding.map(\.key)),
            ("\"limits\"", LimitField.all.map(\.key)), ("\"timeouts\"", TimeoutField.all.map(\.key)),
            ("\"log\"", log.map(\.key)), ("\"metrics\"", metrics.map(\.key)),
        ]
    }

    static var topLevel: [String] {
        let sections = [
            "upstream", "upstreams", "routes", "accounts", "listeners", "timeouts", "limits", "log", "lists",
            "spamtest",
            "virustest", "editheader", "scanners", "holding", "quarantine", "size-limit", "users", "audit",
            "metrics", "oauth", "tokens", "auth-http",
        ]
        return (files + behaviour + language + windows + web).map(\.key) + sections
    }
}
