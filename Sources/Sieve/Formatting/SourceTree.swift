// A script as it is laid out: statements with their words and comments.
// Must not know what any of them means, nor how they are to be laid out.

/// A comment that has a place of its own between statements or list elements.
struct SourceComment {
    let range: Range<Int>
    let isBlankBefore: Bool
}

/// An element of a list of strings or tests.
struct SourceElement<Content> {
    /// Comments on the lines before it.
    var leading: [SourceComment] = []
    let content: Content
    /// Comments behind it on its line.
    var trailing: [SourceComment] = []
}

/// A list in brackets or parentheses.
struct SourceList<Content> {
    var elements: [SourceElement<Content>] = []
    /// Comments before the closing sign.
    var closing: [SourceComment] = []
    /// The author has begun a new line behind the opening sign.
    var opensLine = false
    /// The author has begun a new line before an element other than the first.
    var isBroken = false

    var hasComments: Bool {
        !closing.isEmpty || elements.contains { !$0.leading.isEmpty || !$0.trailing.isEmpty }
    }
}

/// A command's or test's name with its arguments and tests.
struct SourcePhrase {
    enum Argument {
        /// A tag, a number, or a string.
        case word(SourceWord)
        case list(SourceList<SourceWord>)
    }

    indirect enum Tests {
        case none
        case one(SourcePhrase)
        case list(SourceList<SourcePhrase>)
    }

    let name: Range<Int>
    var arguments: [Argument] = []
    var tests = Tests.none
}

/// A command.
struct SourceStatement {
    enum Head {
        case phrase(SourcePhrase)
        /// Comments stand in the midst of it: it stays as it is.
        case verbatim(Range<Int>, needsLineEnd: Bool)
    }

    var leading: [SourceComment] = []
    let isBlankBefore: Bool
    let head: Head
    /// The name is `elsif` or `else`.
    let continuesIf: Bool
    var block: SourceBlock?
    /// Comments on the line where it ends.
    var trailing: [SourceComment] = []
}

/// The commands between braces, or of the whole script.
struct SourceBlock {
    /// Comments on the line of the opening brace.
    var opening: [SourceComment] = []
    var statements: [SourceStatement] = []
    /// Comments before the closing brace.
    var closing: [SourceComment] = []
    /// The author has written it in one line.
    var isInLine = false
}
