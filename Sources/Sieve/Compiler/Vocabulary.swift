// All commands and tests of the language and its extensions, by name.
// Must not hold any definition itself: each stands with the code that runs it.

/// An extension: its capability string, and what it defines.
struct Extension: Sendable {
    let capability: String
    var definitions: [Definition] = []
}

/// What the compiler knows.
struct Vocabulary: Sendable {
    static let standard = Vocabulary(
        base: [.require, .if, .elsif, .else, .stop, .keep, .discard, .redirect]
            + [.address, .allof, .anyof, .exists, .false, .header, .not, .size, .true],
        extensions: [
            .subaddress, .ihave, .include, .environment, .dovecotEnvironment, .date, .index, .copy, .mailbox,
            .body, .mime, .foreverypart, .extracttext, .replace, .enclose, .spamtest, .spamtestplus, .virustest,
            .duplicate, .externalLists,
            .debug, .testsuite,
            .variables, .relational, .regex, .asciiNumeric, .editheader, .reject, .ereject, .fileinto, .envelope,
            .encodedCharacter, .octet, .asciiCasemap, .unicodeCasemap, .defects,
            .attachment, .disarm,
        ]
    )

    private let commands: [String: Definition]
    private let tests: [String: Definition]
    /// The capability strings of all extensions.
    let capabilities: [String]

    init(base: [Definition], extensions: [Extension]) {
        var commands: [String: Definition] = [:]
        var tests: [String: Definition] = [:]
        for definition in base + extensions.flatMap(\.definitions) {
            switch definition.kind {
            case .command: commands[definition.name] = definition
            case .test: tests[definition.name] = definition
            }
        }
        self.commands = commands
        self.tests = tests
        capabilities = extensions.map(\.capability)
    }

    func definition(named name: String, kind: Definition.Kind) -> Definition? {
        kind == .command ? commands[name] : tests[name]
    }

    func names(of kind: Definition.Kind) -> [String] {
        (kind == .command ? commands : tests).keys.sorted()
    }
}
