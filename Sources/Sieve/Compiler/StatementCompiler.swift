// From commands and tests to instructions: names looked up, shapes checked, branches made of jumps.
// Must not know what a command does: its definition compiles it.

extension CompilationUnit {
    /// Compiles the commands of the script or of a block; each error ends one command only.
    mutating func compile(block: [Statement]) {
        let outer = position
        blockDepth += 1
        defer {
            blockDepth -= 1
            position = outer
        }
        var chain = Chain()
        for (index, written) in block.enumerated() {
            position = written.position
            let elsif = written.foreignElsif
            if elsif != nil {
                let message = "'\(written.name)\(written.tests.all.first?.name == "if" ? " if" : "")' is not in Sieve"
                report(CompileError(position: position, message: message, fix: "write elsif"))
            }
            let statement = elsif ?? written
            let following = index + 1 < block.count ? block[index + 1] : nil
            let next = (following?.foreignElsif ?? following)?.name.lowercased()
            chain.begin(statement.name.lowercased(), next: next)
            compile(command: statement, chain: &chain)
            if chain.isAtEnd {
                for jump in chain.ends { land(jump) }
                chain.ends = []
            }
        }
    }

    private mutating func compile(command statement: Statement, chain: inout Chain) {
        // What belongs to a command that nobody knows is guesswork.
        guard let definition = definition(of: statement, kind: .command) else {
            sawCommand = true
            return
        }
        if definition.name == "require", statement.isBroken { hasBrokenRequire = true }
        if reportMisread(statement, of: definition) || reportMissingBrace(in: statement, of: definition) {
            sawCommand = true
            return
        }
        let call = checked(statement, as: definition)
        let hasTests = checkSubtests(of: statement, as: definition)
        switch definition.name {
        case "if", "elsif", "else":
            if hasTests { _ = checkBlock(of: statement, as: definition) }
            compileBranch(statement, tests: hasTests ? statement.tests.all : [], chain: &chain)
        case "require":
            if hasTests, let call, checkBlock(of: statement, as: definition), checkKinds(of: call) {
                compile(call)
            } else {
                hasBrokenRequire = true
            }
        default:
            sawCommand = true
            // What is wrong within a command that is wrong as a whole is guesswork.
            if hasTests, let call, checkBlock(of: statement, as: definition), checkKinds(of: call) { compile(call) }
        }
    }

    /// The arguments of a statement, or nil if they are wrong, which is reported.
    private mutating func checked(_ statement: Statement, as definition: Definition) -> Call? {
        do throws(CompileError) {
            return try call(statement, as: definition)
        } catch {
            reportUnlessBroken(error, of: statement)
            return nil
        }
    }

    /// Whether the positional arguments are what they have to be.
    private mutating func checkKinds(of call: Call) -> Bool {
        guard let error = kindError(of: call) else { return true }
        reportUnlessBroken(error, of: call.statement)
        return false
    }

    private mutating func compile(_ call: Call) {
        do throws(CompileError) {
            try call.definition.compile(&self, call)
        } catch {
            reportUnlessBroken(error, of: call.statement)
        }
    }

    /// What the parser could not read it has reported; the rest of that statement is guesswork.
    private mutating func reportUnlessBroken(_ error: CompileError, of statement: Statement) {
        if !statement.isBroken { report(error) }
    }

    /// Compiles a block that may be known never to run.
    private mutating func compile(block: [Statement], isDead: Bool) {
        let before = demands
        deadDepth += isDead ? 1 : 0
        compile(block: block)
        deadDepth -= isDead ? 1 : 0
        if isDead { demands = before }
    }

    /// Compiles a test that may be known never to be asked.
    mutating func compile(test: Statement, isDead: Bool) {
        let before = demands
        deadDepth += isDead ? 1 : 0
        compile(test: test)
        deadDepth -= isDead ? 1 : 0
        if isDead { demands = before }
    }

    var isAtBeginning: Bool { !sawCommand && blockDepth == 1 }

    /// Takes over what a script that this one includes brings along.
    mutating func take(_ script: Script) {
        demands.formUnion(script.demands)
        brought += script.capabilities.filter { !brought.contains($0) }
    }

    // MARK: Tests

    /// Compiles a test; at run time the flag holds its value.
    mutating func compile(test statement: Statement) {
        let outer = position
        defer { position = outer }
        position = statement.position
        guard let definition = definition(of: statement, kind: .test) else { return }
        if reportMisread(statement, of: definition) { return }
        let call = checked(statement, as: definition)
        guard checkSubtests(of: statement, as: definition), let call, checkKinds(of: call) else { return }
        compile(call)
    }

    private mutating func compileBranch(_ statement: Statement, tests: [Statement], chain: inout Chain) {
        sawCommand = true
        if chain.isMisplaced, statement.block != nil {
            report(
                CompileError(
                    position: statement.position,
                    message: "the \(statement.name.lowercased()) command must follow an if or elsif command",
                    fix: "begin with 'if'"
                )
            )
        }
        var unless: Int?
        var isDead = false
        for test in tests {
            compile(test: test)
            unless = emit(.ifFalse)
            isDead = knownValue(of: test) == false
        }
        compile(block: statement.block ?? [], isDead: isDead)
        position = statement.position
        if !chain.isAtEnd { chain.ends.append(emit(.always)) }
        if let unless { land(unless) }
    }

    // MARK: Shape

    private mutating func definition(of statement: Statement, kind: Definition.Kind) -> Definition? {
        let name = statement.name.lowercased()
        let other: Definition.Kind = kind == .command ? .test : .command
        let known = options.vocabulary.definition(named: name, kind: kind)
        let isUsable = known.map { isAvailable($0) || $0.capabilities.contains { isExcused($0) } } ?? false
        if let known, isUsable, options.refusals[name] == nil {
            for capability in known.capabilities { noteUse(of: capability) }
            return known
        }
        var error = CompileError(
            position: statement.position,
            message: "unknown \(kind.rawValue) '\(statement.name)' (only reported once at first occurrence)",
            fix: "remove it",
            onceAs: name
        )
        if let reason = options.refusals[name] {
            if missed.contains(name) { return nil }
            error.message = "the \(name) command cannot be used here: \(reason)"
        } else if let known {
            error.fix = "write require \"\(known.capabilities[0])\"; at the beginning"
        } else if let definition = options.vocabulary.definition(named: name, kind: other), isAvailable(definition) {
            error.message = "attempted to use \(other.rawValue) '\(name)' as \(kind.rawValue)"
            error.fix = kind == .command ? "write if \(name) … { … }" : "a \(kind.rawValue) is expected here"
            error.onceAs = nil
        } else {
            let names = options.vocabulary.names(of: kind)
            let usable = names.filter { name in
                options.refusals[name] == nil
                    && options.vocabulary.definition(named: name, kind: kind).map(isAvailable) ?? false
            }
            let near = Suggestion.best(for: name, among: names)
            error.fix = near.map { "did you mean '\($0)'?" } ?? "use one of: \(usable.joined(separator: ", "))"
        }
        reportUnlessBroken(error, of: statement)
        return nil
    }

    /// Whether the tests given are those that are needed.
    private mutating func checkSubtests(of statement: Statement, as definition: Definition) -> Bool {
        let found: String
        let fix: String
        let name = definition.name
        switch (definition.subtests, statement.tests) {
        case (.none, .none), (.one, .one), (.list, .list): return true
        case (.none, .one(let tests)) where !tests.contains(where: isTest):
            // What stands there is the next command.
            let message = "missing semicolon ';' after \(definition.title)"
            let error = CompileError(position: statement.position, message: message, fix: "end it with ';'")
            reportUnlessBroken(error, of: statement)
            return false
        case (.none, .one), (.none, .list):
            (found, fix) = ("accepts no sub-tests, but tests are specified", "remove the tests")
        case (.one, .none):
            (found, fix) = ("requires one sub-test, but none is specified", "write a test: \(name) exists \"Subject\"")
        case (.one, .list):
            found = "requires one sub-test, but a list of tests is specified"
            fix = "write \(name) allof (…) or \(name) anyof (…)"
        case (.list, .none):
            (found, fix) = ("requires a list of sub-tests, but none is specified", "write \(name) (test, test)")
        case (.list, .one):
            found = "requires a list of sub-tests, but a single test is specified"
            fix = "put it in parentheses, or leave out '\(name)'"
        }
        let error = CompileError(position: statement.position, message: "the \(definition.title) \(found)", fix: fix)
        reportUnlessBroken(error, of: statement)
        return false
    }

    /// Reports a word that the grammar takes for a test, and that was meant otherwise.
    private mutating func reportMisread(_ statement: Statement, of definition: Definition) -> Bool {
        reportMissingColon(in: statement, of: definition) || reportUnknownUnit(in: statement, of: definition)
            || reportJoinedTests(in: statement, of: definition) || reportMissingQuotes(in: statement, of: definition)
    }

    /// Reports `and` and `or` between tests.
    private mutating func reportJoinedTests(in statement: Statement, of definition: Definition) -> Bool {
        guard definition.kind == .test, case .one(let tests) = statement.tests, let word = tests.first,
            let list = Statement.joining[word.name.lowercased()]
        else { return false }
        let message = "tests are not joined by '\(word.name)'"
        let error = CompileError(position: word.position, message: message, fix: "write \(list) (test, test)")
        reportUnlessBroken(error, of: statement)
        return true
    }

    /// Reports a word where a string should be, which looks like a test: `header :contains subject "a"`.
    private mutating func reportMissingQuotes(in statement: Statement, of definition: Definition) -> Bool {
        let given = statement.arguments.count { if case .tag = $0.value { false } else { true } }
        guard given < definition.parameters.count - definition.optionalParameters,
            definition.parameters.last?.shape != .number, definition.subtests == .none,
            case .one(let tests) = statement.tests, let word = tests.first, !isTest(word),
            options.vocabulary.definition(named: word.name.lowercased(), kind: .command) == nil
        else { return false }
        let message = "unexpected word '\(word.name)' in the \(definition.title)"
        let error = CompileError(position: word.position, message: message, fix: "write \"\(word.name)\", in quotes")
        reportUnlessBroken(error, of: statement)
        return true
    }

    /// Reports letters right behind a number that are none of those that multiply it: `size :over 5T`.
    private mutating func reportUnknownUnit(in statement: Statement, of definition: Definition) -> Bool {
        guard definition.subtests == .none, case .one(let tests) = statement.tests, let word = tests.first,
            word.isGlued, let number = statement.arguments.last, case .number = number.value
        else { return false }
        let message = "a number is digits, and K, M or G behind them, not '\(word.name)'"
        let fix = "write it with K (1024), M (1024 K) or G (1024 M), or without a letter"
        reportUnlessBroken(CompileError(position: number.position, message: message, fix: fix), of: statement)
        return true
    }

    /// Reports a command where the brace of the block should be: `if true discard;`.
    private mutating func reportMissingBrace(in statement: Statement, of definition: Definition) -> Bool {
        guard definition.takesBlock, statement.block == nil else { return false }
        var word = statement
        while case .one(let tests) = word.tests, let next = tests.first {
            word = next
            if !isTest(word), options.vocabulary.definition(named: word.name.lowercased(), kind: .command) != nil {
                break
            }
        }
        guard word.position != statement.position, !isTest(word) else { return false }
        let message = "the \(definition.title) requires a command block, but '\(word.name)' stands in its place"
        let fix = "put the command in braces: { \(word.name) … }"
        reportUnlessBroken(CompileError(position: word.position, message: message, fix: fix), of: statement)
        return true
    }

    /// Reports a tag without its colon, which looks like a test: `address matches "from"`.
    private mutating func reportMissingColon(in statement: Statement, of definition: Definition) -> Bool {
        guard definition.subtests == .none, case .one(let tests) = statement.tests, let word = tests.first,
            !isTest(word), definition.tags.contains(where: { $0.name == word.name.lowercased() })
        else { return false }
        let message = "unexpected word '\(word.name)' in the \(definition.title)"
        let error = CompileError(position: word.position, message: message, fix: "write ':\(word.name)', with a colon")
        reportUnlessBroken(error, of: statement)
        return true
    }

    private func isTest(_ statement: Statement) -> Bool {
        options.vocabulary.definition(named: statement.name.lowercased(), kind: .test) != nil
    }

    /// Whether there is a block where one is needed, and none elsewhere.
    private mutating func checkBlock(of statement: Statement, as definition: Definition) -> Bool {
        let error: CompileError
        switch (definition.takesBlock, statement.block) {
        case (true, nil):
            error = CompileError(
                position: statement.end ?? statement.position,
                message: "the \(definition.title) requires a command block, but it is missing",
                fix: "write the commands in braces, { … }, instead of ';'"
            )
        case (false, _?):
            error = CompileError(
                position: statement.end ?? statement.position,
                message: "the \(definition.title) does not accept a command block, but one is specified anyway",
                fix: "end it with ';'"
            )
        default: return true
        }
        reportUnlessBroken(error, of: statement)
        return false
    }
}

/// The place in a chain of if, elsif and else.
private struct Chain {
    /// Jumps from the ends of the branches to the end of the chain.
    var ends: [Int] = []
    private(set) var isMisplaced = false
    private(set) var isAtEnd = true
    private var isOpen = false

    /// Moves on to a command, the name of its successor known.
    mutating func begin(_ name: String, next: String?) {
        let isBranch = name == "if" || name == "elsif" || name == "else"
        isMisplaced = name != "if" && isBranch && !isOpen
        isOpen = name == "if" || name == "elsif"
        isAtEnd = !(isOpen && (next == "elsif" || next == "else"))
    }
}
