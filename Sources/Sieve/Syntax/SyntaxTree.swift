// A script as the grammar sees it (RFC 5228 section 8.2): commands, arguments, tests, blocks, each with its place.
// Must not know what any command means.

/// A literal argument of a command or a test.
struct Argument {
    /// What is given.
    enum Value {
        case tag(String)
        case number(UInt64)
        case string([UInt8])
        case stringList([StringLiteral])

        /// As error messages name it.
        var name: String {
            switch self {
            case .tag: "a tag"
            case .number: "a number"
            case .string: "a string"
            case .stringList: "a string list"
            }
        }
    }

    var value: Value
    var position: SourcePosition
}

/// One string of a list.
struct StringLiteral {
    var value: [UInt8]
    var position: SourcePosition
}

/// A command or a test; the grammar makes the same shape of both.
struct Statement {
    /// The tests given to it.
    enum Tests {
        case none
        case one([Statement])
        case list([Statement])

        var all: [Statement] {
            switch self {
            case .none: []
            case .one(let tests), .list(let tests): tests
            }
        }
    }

    /// The name as written.
    var name: String
    var position: SourcePosition
    var arguments: [Argument] = []
    var tests = Tests.none
    /// The commands in braces, if there are braces.
    var block: [Statement]?
    /// Where the semicolon or the brace behind its arguments is, or should be; nil for a test.
    var end: SourcePosition?
    /// Nothing stands between its name and the word before it.
    var isGlued = false
    /// The parser could not make sense of all of it; what it says has been reported.
    var isBroken = false

    /// Words that other languages join tests with, and the tests that do it here.
    static let joining = ["and": "allof", "or": "anyof"]

    /// `else if`, `elseif` and `elif` of other languages, as Sieve has them; nil for all else.
    var foreignElsif: Statement? {
        var elsif = self
        elsif.name = "elsif"
        switch name.lowercased() {
        case "elseif", "elif": return elsif
        case "else":
            guard let test = tests.all.first, test.name.lowercased() == "if" else { return nil }
            elsif.tests = test.tests
            return elsif
        default: return nil
        }
    }
}
