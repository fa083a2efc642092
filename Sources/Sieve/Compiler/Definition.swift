// What the compiler knows of a command, a test, a tag: its shape, what must be required, and how it is compiled.
// Must not know any of them by name; `Vocabulary` gathers them.

/// The literal that an argument must be.
enum Shape {
    case number
    case string
    /// A list, or a single string that stands for a list of one.
    case stringList

    /// As error messages name it.
    var name: String {
        switch self {
        case .number: "a number"
        case .string: "a string"
        case .stringList: "a string list"
        }
    }

    /// What to write instead of `value`, which it does not accept; or where nothing stands.
    func fix(for value: Argument.Value?) -> String {
        switch (self, value) {
        case (.number, .string(let octets)) where octets.first?.isDigit == true:
            "write \(octets.text), without the quotes"
        case (.number, _): "write a number"
        case (.string, .number(let number)), (.stringList, .number(let number)): "write \"\(number)\", in quotes"
        case (.string, .stringList): "write one string, without brackets"
        case (.string, _): "write a string in double quotes"
        case (.stringList, _): "write one string, or several: [\"one\", \"two\"]"
        }
    }

    func accepts(_ value: Argument.Value) -> Bool {
        switch (self, value) {
        case (.number, .number), (.string, .string), (.stringList, .string), (.stringList, .stringList): true
        default: false
        }
    }
}

/// A tag that a command or test takes (RFC 5228 section 2.6.2).
struct TagDefinition: Sendable {
    /// The name in lower case, without the colon.
    let name: String
    /// What follows the tag, if anything does.
    var value: Shape?
    /// Tags of one group exclude each other; the name of the group in the RFCs.
    var group: String?
    /// The extension that brings it.
    var capability: String?

    init(_ name: String, value: Shape? = nil, group: String? = nil, capability: String? = nil) {
        self.name = name
        self.value = value
        self.group = group
        self.capability = capability
    }
}

/// A positional argument.
struct Parameter: Sendable {
    /// As error messages call it.
    let name: String
    let shape: Shape

    init(_ name: String, _ shape: Shape) {
        self.name = name
        self.shape = shape
    }
}

/// A command or a test of the language.
struct Definition: Sendable {
    enum Kind: String {
        case command
        case test
    }

    enum Subtests {
        case none
        case one
        case list
    }

    /// The name in lower case.
    let name: String
    var kind: Kind = .command
    /// The extensions of which one must be required; none for the base language.
    var capabilities: [String] = []
    var tags: [TagDefinition] = []
    var parameters: [Parameter] = []
    /// How many of the parameters, from the end, may be left out.
    var optionalParameters = 0
    var subtests = Subtests.none
    var takesBlock = false
    /// Checks what only this command can check, and emits its instructions.
    let compile: @Sendable (inout CompilationUnit, Call) throws(CompileError) -> Void

    /// As error messages name it.
    var title: String { "\(name) \(kind.rawValue)" }
}

/// A use of a command or test, its arguments sorted out.
struct Call {
    let statement: Statement
    let definition: Definition
    /// Tags by name, each with its place and value.
    var tags: [String: Argument] = [:]
    var tagValues: [String: Argument] = [:]
    var positional: [Argument] = []

    var position: SourcePosition { statement.position }

    func has(_ tag: String) -> Bool { tags[tag] != nil }

    /// The number given to a tag.
    func number(_ tag: String) -> UInt64? {
        if case .number(let number)? = tagValues[tag]?.value { return number }
        return nil
    }

    /// The tag that stands for a group, if one was given.
    func choice(of group: String) -> String? {
        definition.tags.first { $0.group == group && tags[$0.name] != nil }?.name
    }

    /// An error about this command.
    func error(_ message: String, fix: String, at position: SourcePosition? = nil) -> CompileError {
        CompileError(position: position ?? self.position, message: message, fix: fix)
    }
}

/// A finding that ends the compilation of one command.
struct CompileError: Error {
    var position: SourcePosition
    var message: String
    /// What would be right.
    var fix: String
    /// What is to be reported at its first occurrence only.
    var onceAs: String?
}
