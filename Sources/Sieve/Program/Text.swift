// Strings of a script as the program holds them: constant, or with variables to be put in (RFC 5229 section 3).
// Must not copy a constant when it is read.

/// A string argument, compiled.
enum Text: Sendable {
    case constant([UInt8])
    case template([Piece])

    /// A part of a string with variables.
    enum Piece: Sendable {
        case octets([UInt8])
        /// A variable of this script, by its slot.
        case variable(Int)
        /// A match variable, by its number.
        case match(Int)
        /// A variable that scripts share (RFC 6609 section 3.4).
        case global(String)
        /// An item of the environment.
        case environment(EnvironmentItem)
        /// What a test file may know of itself.
        case testsuite(String)
    }

    var constant: [UInt8]? {
        if case .constant(let octets) = self { return octets }
        return nil
    }
}

/// A string list argument, compiled.
struct TextList: Sendable {
    let texts: [Text]
    /// The strings, if every one is constant.
    let constants: [[UInt8]]?

    init(_ texts: [Text]) {
        self.texts = texts
        let constants = texts.compactMap(\.constant)
        self.constants = constants.count == texts.count ? constants : nil
    }
}
