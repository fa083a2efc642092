// Files that are named where rules belong, though their names say that they are something else.
// Must not look into them.

/// A file that is no rule file.
struct MistakenRules {
    private let path: String
    private let what: String
    /// The command that such a file is for, without its name.
    private let command: String?

    /// By the ending of a name.
    private static let kinds: [String: (what: String, command: String?)] = [
        "yaml": ("a settings file", "check --config"), "yml": ("a settings file", "check --config"),
        "eml": ("a message", "try Rules"), "svtest": ("a file of test cases", "test"),
        "jsonl": ("an audit log", "tail"), "pem": ("a certificate or a key", nil), "crt": ("a certificate", nil),
        "key": ("a key", nil),
    ]

    /// Nil for what may be a rule file.
    init?(_ path: String) {
        guard let dot = path.lastIndex(of: "."), let kind = Self.kinds[path[dot...].dropFirst().lowercased()] else {
            return nil
        }
        self.path = path
        (what, command) = kind
    }

    /// - Parameter place: where settings name it; nil on the command line
    func finding(_ place: Place?) -> Finding {
        guard let place else {
            let fix = command.map { "try: popsieve \($0) \(path)" } ?? "name a rule file, or a directory of them"
            return Finding(Place(file: path), .error, "this is \(what), not a rule file", fix)
        }
        let message = "\"\(path)\" is \(what), not a rule file"
        return Finding(place, .error, message, "name a directory of *.sieve files")
    }
}
