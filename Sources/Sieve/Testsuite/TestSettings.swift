// Settings that test files change while they run, under the names Pigeonhole gives them.
// Must not know settings that this engine has no use for: they are taken and have no effect.

/// The settings in force, and those that wait for a reload.
struct TestSettings {
    private var values: [String: String] = [:]
    private(set) var limits = Limits()
    /// What of the circumstances comes from settings.
    private(set) var context = MessageContext()
    /// The envelope's parts that a test has set by themselves.
    var originalTo: [UInt8]?
    var auth: [UInt8]?
    var processorTime: (@Sendable () -> Duration)? {
        get { context.processorTime }
        set { context.processorTime = newValue }
    }

    init() {
        // A moment in the lifetime of the format; tests that need the clock compare it with itself.
        context.time = 1_700_000_000
        context.environment = [
            "domain": "example.com", "host": "testsuite.example.com", "location": "MS", "phase": "during",
            "vnd.popsieve.user": "recipient@example.org",
        ]
    }

    mutating func set(_ key: String, _ value: String?) { values[key] = value }

    /// Puts the settings in force.
    mutating func reload() {
        let defaults = Limits()
        limits.variableSize =
            size("sieve_variables_max_value_size") ?? size("sieve_variables_max_variable_size") ?? defaults.variableSize
        limits.variables =
            size("sieve_variables_max_scope_count") ?? size("sieve_variables_max_scope_size") ?? defaults.variables
        limits.headerValueLength = size("sieve_editheader_max_header_size") ?? defaults.headerValueLength
        limits.time = size("sieve_max_cpu_time").map { .seconds($0) } ?? defaults.time
        limits.redirects = size("sieve_max_redirects") ?? defaults.redirects
        limits.actions = size("sieve_max_actions").map { $0 == 0 ? Int.max : $0 } ?? defaults.actions
        limits.includeNesting = size("sieve_include_max_nesting_depth") ?? defaults.includeNesting
        limits.includes = size("sieve_include_max_includes") ?? defaults.includes
        if let separator = values["recipient_delimiter"] ?? values["sieve_subaddress_sep"] {
            context.addressSeparator = Array(separator.utf8)
        } else {
            context.addressSeparator = Array("+".utf8)
        }
        for (key, value) in values where key.hasPrefix("sieve_env_") {
            context.environment["vnd.dovecot.config.\(key.dropFirst(10))"] = value
        }
        context.scores.spam = source("sieve_spamtest")
        context.scores.virus = source("sieve_virustest")
        context.unaddableFields = names("forbid_add")
        context.undeletableFields = names("forbid_delete")
    }

    /// The envelope sender of a redirected message.
    func redirectSender(for mail: TestStage.Mail) -> [UInt8]? {
        switch values["sieve_redirect_envelope_from"]?.lowercased() {
        case nil, "sender", "": mail.from
        case "recipient": mail.to
        case "orig_recipient": originalTo ?? mail.to
        case "user_email": values["sieve_user_email"].map { Array($0.utf8) } ?? mail.to
        case "postmaster": Array("postmaster@example.com".utf8)
        case let address?: Array(address.filter { $0 != "<" && $0 != ">" }.utf8)
        }
    }

    /// A number with an optional unit.
    private func size(_ key: String) -> Int? {
        guard let text = values[key]?.lowercased(), let number = Int(text.prefix { $0.isNumber }) else { return nil }
        return number << (text.hasSuffix("k") ? 10 : text.hasSuffix("m") ? 20 : 0)
    }

    private func source(_ prefix: String) -> ScoreSource? {
        guard let header = values["\(prefix)_status_header"] else { return nil }
        let (field, pattern) = Self.split(header)
        var source = ScoreSource(field: field)
        source.pattern = pattern
        source.kind = values["\(prefix)_status_type"].flatMap(ScoreSource.Kind.init(rawValue:)) ?? .score
        for key in ["\(prefix)_score_max_value", "\(prefix)_max_value"] {
            if let value = values[key] { source.maximum = Double(value) }
        }
        for key in ["\(prefix)_score_max_header", "\(prefix)_max_header"] {
            if let value = values[key] { (source.maximumField, source.maximumPattern) = Self.split(value) }
        }
        for result in 0...10 {
            source.words[result] = values["\(prefix)_text_value\(result)"] ?? values["\(prefix)_text_value/\(result)"]
        }
        return source
    }

    /// `Name` or `Name:regex`.
    private static func split(_ header: String) -> (String, String?) {
        let parts = header.split(separator: ":", maxSplits: 1)
        let trimmed = parts.map { String($0.drop { $0 == " " }) }
        return (trimmed.first ?? "", trimmed.count > 1 ? trimmed[1] : nil)
    }

    /// Fields that `sieve_editheader_header/NAME/what` forbids, and those of `sieve_editheader_what` and `…_protected`.
    private func names(_ what: String) -> Set<String> {
        var names: Set<String> = []
        for (key, value) in values where value.lowercased() == "yes" {
            let parts = key.split(separator: "/")
            guard parts.count == 3, parts[0] == "sieve_editheader_header", parts[2] == what else { continue }
            let name = values["sieve_editheader_header/\(parts[1])/name"] ?? String(parts[1])
            names.insert(name.lowercased())
        }
        for key in ["sieve_editheader_\(what)", "sieve_editheader_protected"] {
            for name in values[key, default: ""].split(separator: " ") { names.insert(name.lowercased()) }
        }
        return names
    }
}
