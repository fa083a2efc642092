// The words of Sieve (RFC 5228 section 8.1).
// Must not know how words make sentences.

/// One word of a script.
struct Token {
    /// What kind of word it is, with its value.
    enum Kind: Equatable {
        /// A command's or a test's name, as written.
        case identifier(String)
        /// A tag without its colon, as written.
        case tag(String)
        /// A number, its quantifier multiplied in.
        case number(UInt64)
        /// A string, quoting undone, line ends as CRLF.
        case string([UInt8])
        case leftBracket
        case rightBracket
        case leftParenthesis
        case rightParenthesis
        case leftBrace
        case rightBrace
        case comma
        case semicolon
        case slash
        case colon
        /// Octets that no token begins with; already reported.
        case garbage
        /// A token that could not be finished; already reported.
        case broken
        /// The end of the script.
        case end
    }

    /// What it is.
    var kind: Kind
    /// Where it begins; that of the end is behind the last word.
    var position: SourcePosition
    /// Nothing stands between it and the word before it.
    var isGlued = false

    /// The token as error messages name it.
    var name: String {
        switch kind {
        case .identifier: "identifier"
        case .tag: "tag"
        case .number: "number"
        case .string: "string"
        case .leftBracket: "'['"
        case .rightBracket: "']'"
        case .leftParenthesis: "'('"
        case .rightParenthesis: "')'"
        case .leftBrace: "'{'"
        case .rightBrace: "'}'"
        case .comma: "','"
        case .semicolon: "';'"
        case .slash: "'/'"
        case .colon: "':'"
        case .garbage: "unknown characters"
        case .broken: "a broken token"
        case .end: "end of file"
        }
    }

    /// The token's name with its article, for sentences such as "but a number was found".
    var nameWithArticle: String {
        switch kind {
        case .identifier: "an identifier"
        case .tag, .number, .string: "a \(name)"
        default: name
        }
    }
}
