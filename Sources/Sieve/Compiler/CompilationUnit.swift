// One script on its way from syntax tree to program: what is required, which variables there are, the code so far.
// Must not read the source again, nor stop at the first error.

/// The state of one compilation.
struct CompilationUnit {
    let name: String
    let options: CompilerOptions
    private(set) var required: [String] = []
    private(set) var diagnostics: [Diagnostic] = []
    /// Extensions that were probably meant by a `require` that failed: that they lack is not complained about again.
    private var missed: Set<String> = []
    /// A `require` could not be read: nothing is known of what it was to bring.
    private var hasBrokenRequire = false
    private var reported: Set<String> = []
    private var instructions: [Instruction] = []
    private var positions: [SourcePosition] = []
    private var depth = Depth.none
    var asksSize = false
    var variables: [String: Int] = [:]
    /// Variables that `global` has declared shared (RFC 6609 section 3.4.1).
    var globals: Set<String> = []
    /// The scripts on the way from the first to this one, to find circles.
    var includers: [String] = []
    /// The part loops around what is being compiled (RFC 5703 section 3).
    var loops: [PartLoop] = []
    /// How many enclosing conditions `ihave` has found false: nothing there is complained about (RFC 5463 section 4).
    private var deadDepth = 0
    /// Where the statement that is being compiled stands; instructions are put down under it.
    private(set) var position = SourcePosition(line: 1, column: 1)
    private(set) var blockDepth = 0
    private var sawCommand = false

    init(name: String, options: CompilerOptions) {
        self.name = name
        self.options = options
    }

    // MARK: Findings

    mutating func report(
        _ error: CompileError,
        severity: Diagnostic.Severity = .error,
        stage: Diagnostic.Stage = .meaning
    ) {
        if deadDepth > 0, stage == .meaning { return }
        if let key = error.onceAs, !reported.insert(key).inserted { return }
        diagnostics.append(
            Diagnostic(
                file: name,
                position: error.position,
                severity: severity,
                stage: stage,
                message: error.message,
                mend: error.mend
            )
        )
    }

    mutating func warn(_ message: String, mend: String? = nil, at position: SourcePosition) {
        report(CompileError(position: position, message: message, mend: mend), severity: .warning)
    }

    // MARK: Extensions

    mutating func require(_ capability: String) {
        if !required.contains(capability) { required.append(capability) }
    }

    mutating func noteMissed(_ capability: String) { missed.insert(capability) }

    /// Whether a failed `require` explains why an extension is not there.
    func isExcused(_ capability: String?) -> Bool {
        capability.map { hasBrokenRequire || missed.contains($0) } ?? false
    }

    func isAvailable(_ capability: String?) -> Bool {
        capability.map { required.contains($0) } ?? true
    }

    func isAvailable(_ definition: Definition) -> Bool {
        definition.capabilities.isEmpty || definition.capabilities.contains { required.contains($0) }
    }

    // MARK: Code

    /// Where the next instruction will stand.
    var here: Int { instructions.count }

    private mutating func put(_ instruction: Instruction) {
        instructions.append(instruction)
        positions.append(position)
    }

    mutating func emit(_ condition: some Condition) {
        depth = max(depth, condition.depth)
        put(.test(condition))
    }

    mutating func emit(_ operation: some Operation) {
        depth = max(depth, operation.depth)
        put(.perform(operation))
    }

    mutating func emit(flag: Bool) { put(.set(flag)) }
    mutating func emitNegation() { put(.negate) }
    mutating func emitStop() { put(.stop) }

    /// Keeps a place for an instruction that needs to know what comes behind it.
    mutating func reserve() -> Int {
        put(.set(false))
        return here - 1
    }

    /// Fills a place that was kept.
    mutating func fill(_ place: Int, with operation: some Operation) {
        depth = max(depth, operation.depth)
        instructions[place] = .perform(operation)
    }

    enum Jump {
        case always
        case ifTrue
        case ifFalse
    }

    /// Puts down a jump to a place not known yet; `land` completes it.
    mutating func emit(_ jump: Jump) -> Int {
        put(Self.instruction(jump, to: 0))
        return here - 1
    }

    /// Jumps back to an instruction.
    mutating func emit(jumpTo target: Int) { put(.jump(to: target)) }

    /// Lets a jump end at the next instruction.
    mutating func land(_ jump: Int) {
        switch instructions[jump] {
        case .jumpIfTrue: instructions[jump] = .jumpIfTrue(to: here)
        case .jumpIfFalse: instructions[jump] = .jumpIfFalse(to: here)
        case .jump: instructions[jump] = .jump(to: here)
        case .test, .perform, .set, .negate, .stop: break
        }
    }

    private static func instruction(_ jump: Jump, to target: Int) -> Instruction {
        switch jump {
        case .always: .jump(to: target)
        case .ifTrue: .jumpIfTrue(to: target)
        case .ifFalse: .jumpIfFalse(to: target)
        }
    }

    func finished() -> Script {
        Script(
            name: name,
            depth: depth,
            asksSize: asksSize,
            capabilities: required,
            instructions: instructions,
            positions: positions,
            variableCount: variables.count
        )
    }

    // MARK: Statements

    /// Compiles the commands of the script or of a block; each error ends one command only.
    mutating func compile(block: [Statement]) {
        blockDepth += 1
        defer { blockDepth -= 1 }
        var chain = Chain()
        for (index, statement) in block.enumerated() {
            position = statement.position
            let next = index + 1 < block.count ? block[index + 1].name.lowercased() : nil
            chain.begin(statement.name.lowercased(), next: next)
            compile(command: statement, chain: &chain)
            if chain.isAtEnd {
                for jump in chain.ends { land(jump) }
                chain.ends = []
            }
        }
    }

    private mutating func compile(command statement: Statement, chain: inout Chain) {
        guard let definition = definition(of: statement, kind: .command) else {
            return compileWithin(statement)
        }
        if definition.name == "require", statement.isBroken { hasBrokenRequire = true }
        let call = checked(statement, as: definition)
        if checkSubtests(of: statement, as: definition) { checkBlock(of: statement, as: definition) }
        switch definition.name {
        case "if", "elsif", "else": compileBranch(statement, chain: &chain)
        default:
            if let call { compile(call) }
            if definition.name != "require" { sawCommand = true }
        }
    }

    /// The arguments of a statement, or nil if they are wrong, which is reported.
    private mutating func checked(_ statement: Statement, as definition: Definition) -> Call? {
        do throws(CompileError) {
            return try call(statement, as: definition)
        } catch {
            if definition.name == "require" { hasBrokenRequire = true }
            reportUnlessBroken(error, of: statement)
            return nil
        }
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

    /// An unknown command's tests and block are still looked at.
    private mutating func compileWithin(_ statement: Statement) {
        sawCommand = true
        for test in statement.tests.all { compile(test: test) }
        if let block = statement.block { compile(block: block) }
    }

    /// Compiles a block that may be known never to run.
    private mutating func compile(block: [Statement], isDead: Bool) {
        deadDepth += isDead ? 1 : 0
        compile(block: block)
        deadDepth -= isDead ? 1 : 0
    }

    /// Compiles a test that may be known never to be asked.
    mutating func compile(test: Statement, isDead: Bool) {
        deadDepth += isDead ? 1 : 0
        compile(test: test)
        deadDepth -= isDead ? 1 : 0
    }

    var isAtBeginning: Bool { !sawCommand && blockDepth == 1 }

    /// Takes over what a script that this one includes brings along.
    mutating func take(_ diagnostics: [Diagnostic], from script: Script?) {
        self.diagnostics += diagnostics
        guard let script else { return }
        depth = max(depth, script.depth)
        asksSize = asksSize || script.asksSize
    }

    // MARK: Tests

    /// Compiles a test; at run time the flag holds its value.
    mutating func compile(test statement: Statement) {
        let outer = position
        defer { position = outer }
        position = statement.position
        guard let definition = definition(of: statement, kind: .test) else {
            for test in statement.tests.all { compile(test: test) }
            return
        }
        let call = checked(statement, as: definition)
        _ = checkSubtests(of: statement, as: definition)
        if let call { compile(call) }
    }

    private mutating func compileBranch(_ statement: Statement, chain: inout Chain) {
        sawCommand = true
        if chain.isMisplaced {
            report(
                CompileError(
                    position: statement.position,
                    message: "the \(statement.name.lowercased()) command must follow an if or elsif command",
                    mend: "begin with 'if'"
                )
            )
        }
        var unless: Int?
        var isDead = false
        for test in statement.tests.all {
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
        if let known, isUsable, options.refusals[name] == nil { return known }
        var error = CompileError(
            position: statement.position,
            message: "unknown \(kind.rawValue) '\(statement.name)' (only reported once at first occurrence)",
            onceAs: "\(kind) \(name)"
        )
        if let reason = options.refusals[name] {
            if missed.contains(name) { return nil }
            error.message = "the \(name) command cannot be used here: \(reason)"
        } else if let known {
            error.mend = "write require \"\(known.capabilities[0])\"; at the beginning"
        } else if let definition = options.vocabulary.definition(named: name, kind: other), isAvailable(definition) {
            error.message = "attempted to use \(other.rawValue) '\(name)' as \(kind.rawValue)"
            error.mend = kind == .command ? "write if \(name) … { … }" : "a \(kind.rawValue) is expected here"
            error.onceAs = nil
        } else {
            let names = options.vocabulary.names(of: kind)
            error.mend = Suggestion.best(for: name, among: names).map { "did you mean '\($0)'?" }
        }
        reportUnlessBroken(error, of: statement)
        return nil
    }

    /// Whether the tests given are those that are needed.
    private mutating func checkSubtests(of statement: Statement, as definition: Definition) -> Bool {
        let found: String
        switch (definition.subtests, statement.tests) {
        case (.none, .none), (.one, .one), (.list, .list): return true
        case (.none, .one(let tests)) where definition.kind == .command && !tests.contains(where: isTest):
            // What stands there is the next command.
            let message = "missing semicolon ';' after \(definition.title)"
            let error = CompileError(position: statement.position, message: message, mend: "end it with ';'")
            reportUnlessBroken(error, of: statement)
            return false
        case (.none, .one), (.none, .list): found = "accepts no sub-tests, but tests are specified"
        case (.one, .none): found = "requires one sub-test, but none is specified"
        case (.one, .list): found = "requires one sub-test, but a list of tests is specified"
        case (.list, .none): found = "requires a list of sub-tests, but none is specified"
        case (.list, .one): found = "requires a list of sub-tests, but a single test is specified"
        }
        let error = CompileError(position: statement.position, message: "the \(definition.title) \(found)")
        reportUnlessBroken(error, of: statement)
        return false
    }

    private func isTest(_ statement: Statement) -> Bool {
        options.vocabulary.definition(named: statement.name.lowercased(), kind: .test) != nil
    }

    private mutating func checkBlock(of statement: Statement, as definition: Definition) {
        let found: String
        switch (definition.takesBlock, statement.block) {
        case (true, nil): found = "requires a command block, but it is missing"
        case (false, _?): found = "does not accept a command block, but one is specified anyway"
        default: return
        }
        let error = CompileError(position: statement.position, message: "the \(definition.title) \(found)")
        reportUnlessBroken(error, of: statement)
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
