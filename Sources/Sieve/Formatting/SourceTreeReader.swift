// From words to the tree that is laid out: which comment belongs to what.
// Must not lose a word: what does not fit the tree stays as it is written.

/// Reads the words of a source that the parser has found to be right.
struct SourceTreeReader {
    private let words: [SourceWord]
    private let source: [UInt8]
    private var index = 0
    /// Comments stand where the tree has no place for them.
    private var hasStrayComment = false

    init(_ source: [UInt8]) {
        self.source = source
        words = SourceScanner.words(of: source)
    }

    private var word: SourceWord { words[index] }

    private mutating func take() -> SourceWord {
        let taken = words[index]
        if index < words.count - 1 { index += 1 }
        return taken
    }

    /// The next word that is no comment.
    private var nextWord: SourceWord { words[index...].first { !$0.isComment } ?? words[words.count - 1] }

    private mutating func takeComments(where holds: (SourceWord) -> Bool = { _ in true }) -> [SourceComment] {
        var comments: [SourceComment] = []
        while word.isComment, holds(word) {
            let comment = take()
            comments.append(SourceComment(range: comment.range, isBlankBefore: comment.breaksBefore > 1))
        }
        return comments
    }

    /// Comments on the line of the word before.
    private mutating func takeTrailing() -> [SourceComment] { takeComments { $0.breaksBefore == 0 } }

    // MARK: Statements

    /// The commands up to a closing brace or the end.
    mutating func block() -> SourceBlock {
        var block = SourceBlock(opening: index == 0 ? [] : takeTrailing())
        while true {
            let comments = takeComments()
            guard word.kind == .name else {
                block.closing = comments
                return block
            }
            block.statements.append(statement(comments))
        }
    }

    private mutating func statement(_ comments: [SourceComment]) -> SourceStatement {
        let isBlankBefore = word.breaksBefore > 1
        let name = word.range
        hasStrayComment = false
        let phrase = phrase()
        let rest = takeComments()
        var head = SourceStatement.Head.phrase(phrase)
        if hasStrayComment || !rest.isEmpty {
            let last = words[max(0, index - 1)]
            head = .verbatim(
                name.lowerBound..<last.range.upperBound,
                needsLineEnd: last.kind == .hashComment || last.kind == .multiline
            )
        }
        let written = source[name]
        let continuesIf = ["elsif", "else"].contains { written.isSameIgnoringCase(as: Array($0.utf8)) }
        var statement = SourceStatement(
            leading: comments,
            isBlankBefore: isBlankBefore,
            head: head,
            continuesIf: continuesIf
        )
        if word.isSign("{") {
            let brace = take()
            var block = block()
            block.isInLine = !source[brace.range.lowerBound..<word.range.lowerBound].contains(.lineFeed)
            statement.block = block
        }
        // The semicolon, or the closing brace.
        _ = take()
        statement.trailing = takeTrailing()
        return statement
    }

    // MARK: Phrases

    private mutating func phrase() -> SourcePhrase {
        var phrase = SourcePhrase(name: take().range)
        while true {
            if nextWord.isArgument {
                noteComments()
                phrase.arguments.append(argument())
            } else if nextWord.kind == .name {
                noteComments()
                phrase.tests = .one(self.phrase())
                return phrase
            } else if nextWord.isSign("(") {
                noteComments()
                phrase.tests = .list(list { $0.phrase() })
                return phrase
            } else {
                return phrase
            }
        }
    }

    /// Passes over comments for which there is no place.
    private mutating func noteComments() {
        if !takeComments().isEmpty { hasStrayComment = true }
    }

    private mutating func argument() -> SourcePhrase.Argument {
        word.isSign("[") ? .list(list { $0.take() }) : .word(take())
    }

    /// The elements between the sign at hand and the one that closes it.
    private mutating func list<Content>(_ element: (inout Self) -> Content) -> SourceList<Content> {
        _ = take()
        var list = SourceList<Content>(opensLine: word.breaksBefore > 0)
        var pending: [SourceComment] = []
        while true {
            let comments = pending + takeComments()
            guard word.isArgument || word.kind == .name else {
                list.closing = comments
                break
            }
            if !list.elements.isEmpty, word.breaksBefore > 0 || !comments.isEmpty { list.isBroken = true }
            var next = SourceElement(leading: comments, content: element(&self))
            var behind = nextWord.isSign(",") ? takeComments() : takeTrailing()
            if word.isSign(",") { _ = take() }
            behind += takeTrailing()
            // Nothing can follow a hash comment in its line.
            let end = behind.firstIndex { source[$0.range.lowerBound] == UInt8(ascii: "#") }.map { $0 + 1 }
            next.trailing = Array(behind[..<(end ?? behind.count)])
            pending = Array(behind[(end ?? behind.count)...])
            list.elements.append(next)
        }
        _ = take()
        return list
    }
}
