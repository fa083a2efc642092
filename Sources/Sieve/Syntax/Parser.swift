// From tokens to commands (RFC 5228 section 8.2); after an error it finds the next place that makes sense.
// Must not know what any command means, nor recurse deeper than the limits say.

/// Reads a whole script, and reports every fault of the grammar.
struct Parser {
    /// How far an error reaches; a recovery never skips past the end of something larger.
    private enum Rank: Int {
        case word
        case stringList
        case testList
        case command
        case block
    }

    private var lexer: Lexer
    private let limits: Limits
    private var token: Token
    private var faults: [Fault] = []
    /// A recovery ran into the end of the script: what follows from that is not reported.
    private var isLost = false
    /// How many faults the lexer had found when a strict reader would have stopped reading, since nobody can know what
    /// belongs together; nil as long as it reads on.
    private var lexedAtEnd: Int?
    /// The last command's block was left by recovering.
    private var hasLeftBlock = false
    /// Some block was: a strict reader goes on to the end of the outermost.
    private var hasLostBlock = false
    /// A string list has no end: what comes up to the end of the command is not looked at.
    private var isInOpenList = false

    init(source: [UInt8], limits: Limits) {
        lexer = Lexer(source: source, limits: limits)
        self.limits = limits
        token = lexer.next()
    }

    /// The commands of the script, and what was wrong, in source order.
    mutating func parse() -> (commands: [Statement], faults: [Fault]) {
        var script = commands(depth: 1)
        while token.kind != .end {
            // Behind an earlier fault, what is left over mostly comes from that one.
            let here = token.position
            // Other languages' comments begin with two of them.
            let isComment = token.kind == .slash
            if faults.isEmpty, lexer.faults.allSatisfy({ $0.position == here }) {
                let fix = isComment ? "comments begin with #" : "remove it"
                report("expected a command, but found \(token.name)", fix: fix)
            }
            endOfReading()
            if isComment { skipLine() } else { skipGarbage() }
            script += commands(depth: 1)
        }
        var all = lexer.faults
        for index in (lexedAtEnd ?? all.count)..<all.count { all[index].stage = .aftermath }
        all += faults
        all.sort { $0.position < $1.position }
        if let open = lexer.openString { forget(behind: open, in: &script, &all) }
        return (script, all)
    }

    /// Backslashes that the quoting of strings has dropped; what was read behind a string without end is no string.
    var lostBackslashes: [(position: SourcePosition, octet: UInt8)] {
        lexer.lostBackslashes.filter { lost in lexer.openString.map { lost.position < $0 } ?? true }
    }

    /// Leaves out what was read behind the beginning of a string that has no end: text was taken for words there, and
    /// words for text.
    private func forget(behind open: SourcePosition, in script: inout [Statement], _ faults: inout [Fault]) {
        if let last = script.lastIndex(where: { $0.position <= open }) { script.removeSubrange(last...) }
        faults.removeAll { $0.position > open }
        if faults.count == 1 { faults[0].stage = .syntax }
    }

    private mutating func skip() { token = lexer.next() }

    private mutating func endOfReading() { lexedAtEnd = lexedAtEnd ?? lexer.faults.count }

    private mutating func skipLine() {
        let line = token.position.line
        while token.kind != .end, token.position.line == line { skip() }
    }

    /// Skips to the next token that may begin a command.
    private mutating func skipGarbage() {
        while token.kind != .end {
            if case .identifier = token.kind { return }
            skip()
        }
    }

    /// Notes a fault, unless it follows from one that was noted.
    private mutating func report(_ message: String, fix: String) {
        if token.kind == .broken || isLost { return }
        let stage: Diagnostic.Stage = lexedAtEnd == nil ? .syntax : .aftermath
        faults.append(Fault(position: token.position, message: message, fix: fix, stage: stage))
    }

    // MARK: Commands

    /// Commands up to a token that begins none.
    private mutating func commands(depth: Int) -> [Statement] {
        var commands: [Statement] = []
        while case .identifier(let name) = token.kind {
            var command = Statement(name: name, position: token.position)
            hasLeftBlock = false
            skip()
            arguments(of: &command, depth: 1)
            end(&command, depth: depth)
            commands.append(command)
            if depth == 1, hasLostBlock { endOfReading() }
        }
        return commands
    }

    /// The semicolon or the block that ends a command.
    private mutating func end(_ command: inout Statement, depth: Int) {
        command.end = token.position
        if isInOpenList {
            isInOpenList = false
            if token.kind != .semicolon, token.kind != .leftBrace { recover(to: .semicolon) }
        }
        if token.kind != .semicolon, token.kind != .leftBrace {
            if faults.last?.position != token.position {
                let isOfBlocks = !command.tests.all.isEmpty
                report(
                    "expected end of command ';' or the beginning of a compound block '{', but found \(token.name)",
                    fix: joining
                        ?? (isOfBlocks
                            ? "put the commands of '\(command.name)' in braces, { … }"
                            : "end the command '\(command.name)' with ';'")
                )
            }
            command.isBroken = true
            recover(to: .semicolon)
        }
        if token.kind == .leftBrace {
            block(of: &command, depth: depth + 1)
        } else if token.kind == .semicolon {
            skip()
        }
    }

    /// What is to be written where tests are joined as other languages do it; nil where they are not.
    private var joining: String? {
        guard case .identifier(let word) = token.kind else { return nil }
        return Statement.joining[word.lowercased()].map { "write \($0) (test, test)" }
    }

    private mutating func block(of command: inout Statement, depth: Int) {
        if depth > limits.blockNesting {
            report(
                "cannot nest command blocks deeper than \(limits.blockNesting) levels",
                fix: "use 'elsif' or 'allof'"
            )
            command.isBroken = true
            skip()
            recover(to: .rightBrace)
        } else {
            skip()
            command.block = commands(depth: depth)
        }
        if token.kind != .rightBrace {
            if !hasLeftBlock, !(hasLostBlock && token.kind == .end) {
                report("expected end of compound block '}', but found \(token.name)", fix: "close the block with '}'")
            }
            command.isBroken = true
            recover(to: .rightBrace)
            hasLeftBlock = true
            hasLostBlock = true
        }
        skip()
    }

    // MARK: Arguments

    /// Arguments and tests of a command or a test.
    private mutating func arguments(of statement: inout Statement, depth: Int) {
        while !isInOpenList, let value = argument(brokenIn: &statement) {
            if statement.arguments.count == limits.arguments {
                report(
                    "too many arguments for '\(statement.name)' (more than \(limits.arguments))",
                    fix: "use a string list"
                )
                statement.isBroken = true
                return recover(to: .semicolon)
            }
            statement.arguments.append(value)
        }
        if !isInOpenList { tests(of: &statement, depth: depth) }
    }

    /// The next literal; nil if none is there.
    private mutating func argument(brokenIn statement: inout Statement) -> Argument? {
        let position = token.position
        let value: Argument.Value
        switch token.kind {
        case .tag(let name): value = .tag(name)
        case .number(let number): value = .number(number)
        case .string(let string): value = .string(string)
        case .leftBracket:
            skip()
            return Argument(value: .stringList(strings(brokenIn: &statement)), position: position)
        default: return nil
        }
        skip()
        return Argument(value: value, position: position)
    }

    /// The strings of a list and its closing bracket.
    private mutating func strings(brokenIn statement: inout Statement) -> [StringLiteral] {
        var strings: [StringLiteral] = []
        var before = "'['"
        while case .string(let string) = token.kind {
            if strings.count == limits.listLength {
                report("a string list cannot hold more than \(limits.listLength) strings", fix: "split the list")
                statement.isBroken = true
                recover(to: .rightBracket)
                break
            }
            strings.append(StringLiteral(value: string, position: token.position))
            skip()
            if token.kind != .comma {
                close(.rightBracket, what: "string list", brokenIn: &statement)
                return strings
            }
            before = "','"
            skip()
        }
        report(
            "expecting string after \(before) in string list, but found \(token.name)",
            fix: "write [\"one\", \"two\"]"
        )
        statement.isBroken = true
        recover(to: .rightBracket)
        // That the script ends in the list is worth telling: the bracket may be missing far above.
        isLost = false
        close(.rightBracket, what: "string list", brokenIn: &statement)
        isLost = token.kind == .end
        return strings
    }

    /// The bracket that ends a list.
    private mutating func close(_ end: Token.Kind, what: String, brokenIn statement: inout Statement) {
        if token.kind != end {
            report(
                "expecting ',' or end of \(what) \(Token(kind: end, position: token.position).name), but found \(token.name)",
                fix: "put a comma between the elements, and close the list"
            )
            statement.isBroken = true
            recover(to: end)
            isInOpenList = end == .rightBracket && token.kind != end
        }
        if token.kind == end { skip() }
    }

    // MARK: Tests

    private mutating func tests(of statement: inout Statement, depth: Int) {
        switch token.kind {
        case .identifier:
            guard isWithinLimit(depth, brokenIn: &statement) else { return recover(to: .semicolon) }
            statement.tests = .one([test(depth: depth)])
        case .broken:
            statement.isBroken = true
            return
        case .leftParenthesis:
            skip()
            guard isWithinLimit(depth, brokenIn: &statement) else {
                recover(to: .rightParenthesis)
                return close(.rightParenthesis, what: "test list", brokenIn: &statement)
            }
            statement.tests = .list(testList(brokenIn: &statement, depth: depth))
            close(.rightParenthesis, what: "test list", brokenIn: &statement)
            if statement.tests.all.isEmpty {
                report("'\(statement.name)' has no test in its list", fix: "write a test")
            }
        default:
            return
        }
        statement.isBroken = statement.isBroken || statement.tests.all.contains { $0.isBroken }
    }

    private mutating func isWithinLimit(_ depth: Int, brokenIn statement: inout Statement) -> Bool {
        if depth < limits.testNesting { return true }
        report("cannot nest tests deeper than \(limits.testNesting) levels", fix: "use one 'allof' or 'anyof'")
        statement.isBroken = true
        return false
    }

    /// A test whose name is the current token.
    private mutating func test(depth: Int) -> Statement {
        guard case .identifier(let name) = token.kind else { return Statement(name: "", position: token.position) }
        var test = Statement(name: name, position: token.position, isGlued: token.isGlued)
        skip()
        arguments(of: &test, depth: depth + 1)
        return test
    }

    /// The tests between parentheses.
    private mutating func testList(brokenIn statement: inout Statement, depth: Int) -> [Statement] {
        var tests: [Statement] = []
        var before = "'('"
        while case .identifier = token.kind {
            tests.append(test(depth: depth))
            if token.kind != .comma { return tests }
            before = "','"
            skip()
        }
        report("expecting test identifier after \(before) in test list, but found \(token.name)", fix: "write a test")
        statement.isBroken = true
        recover(to: .rightParenthesis)
        return tests
    }

    // MARK: Recovery

    private static func rank(_ kind: Token.Kind) -> Rank {
        switch kind {
        case .leftBrace, .rightBrace: .block
        case .semicolon: .command
        case .leftParenthesis, .rightParenthesis: .testList
        case .leftBracket, .rightBracket: .stringList
        default: .word
        }
    }

    private static func opening(of end: Token.Kind) -> Token.Kind? {
        switch end {
        case .rightBrace: .leftBrace
        case .rightParenthesis: .leftParenthesis
        case .rightBracket: .leftBracket
        default: nil
        }
    }

    /// Skips to `end`, pairs within counted, but stops before the end of something larger.
    private mutating func recover(to end: Token.Kind) {
        let rank = Self.rank(end)
        var nesting = 1
        while token.kind != .end, Self.rank(token.kind).rawValue <= rank.rawValue {
            if token.kind == Self.opening(of: end) { nesting += 1 }
            if token.kind == end {
                nesting -= 1
                if nesting == 0 { return }
            }
            skip()
        }
        isLost = token.kind == .end
    }
}
