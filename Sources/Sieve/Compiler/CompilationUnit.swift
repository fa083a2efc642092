// One script on its way from syntax tree to program: what is required, which variables there are, the code so far.
// Must not read the source again, nor stop at the first error.

import Patterns

/// The state of one compilation.
struct CompilationUnit {
    let name: String
    let options: CompilerOptions
    private(set) var required: [String] = []
    /// What the scripts that this one includes require.
    var brought: [String] = []
    /// Where each extension is required, and those that are made use of.
    private var requirements: [String: SourcePosition] = [:]
    private var used: Set<String> = []
    /// The findings, each with the place in this script that it belongs to.
    private(set) var findings: [(place: SourcePosition, diagnostic: Diagnostic)] = []
    /// Extensions that were probably meant by a `require` that failed: that they are missing is not reported again.
    var missed: Set<String> = []
    /// A `require` could not be read: what it was to bring is not known.
    var hasBrokenRequire = false
    private var reported: Set<String> = []
    private var instructions: [Instruction] = []
    private var positions: [SourcePosition] = []
    var demands = Demands()
    var variables: [String: Int] = [:]
    /// Variables that `global` has declared shared (RFC 6609 section 3.4.1).
    var globals: Set<String> = []
    /// What tests read, and the regular expressions that they ask of it.
    private var texts = AskedTexts()
    /// What the scripts that belong together have included so far.
    var inclusions = Inclusions()
    /// The part loops around what is being compiled (RFC 5703 section 3).
    var loops: [PartLoop] = []
    /// How many enclosing conditions `ihave` has found false: nothing there is reported (RFC 5463 section 4).
    var deadDepth = 0
    /// Where the statement that is being compiled stands; instructions are put down under it.
    var position = SourcePosition(line: 1, column: 1)
    var blockDepth = 0
    var sawCommand = false

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
        if deadDepth > 0, stage == .meaning || stage == .inclusion { return }
        if let key = error.onceAs, !reported.insert(key).inserted { return }
        let diagnostic = Diagnostic(
            file: name,
            position: error.position,
            severity: severity,
            stage: stage,
            message: error.message,
            fix: error.fix
        )
        findings.append((error.position, diagnostic))
    }

    /// Takes over what was found in a script that is included at `place`.
    mutating func take(_ diagnostics: [Diagnostic], at place: SourcePosition) {
        for var diagnostic in diagnostics {
            if diagnostic.severity == .error { diagnostic.stage = .inclusion }
            findings.append((place, diagnostic))
        }
    }

    var hasErrors: Bool { findings.contains { $0.diagnostic.severity == .error } }

    mutating func warn(_ message: String, fix: String, at position: SourcePosition) {
        report(CompileError(position: position, message: message, fix: fix), severity: .warning)
    }

    // MARK: Extensions

    mutating func require(_ capability: String, at position: SourcePosition? = nil) {
        if !required.contains(capability) { required.append(capability) }
        requirements[capability] = position
    }

    mutating func noteUse(of capability: String) { used.insert(capability) }

    /// Warns of extensions that are required for nothing.
    mutating func warnOfUnusedRequirements() {
        for (capability, position) in requirements where !used.contains(capability) {
            warn("the extension \"\(capability)\" is required, but not used", fix: "remove it", at: position)
        }
    }

    mutating func noteMissed(_ capability: String) { missed.insert(capability) }

    /// Whether a failed `require` explains why an extension is not there.
    func isExcused(_ capability: String?) -> Bool {
        if options.reportsConsequences { return false }
        return capability.map { hasBrokenRequire || missed.contains($0) } ?? false
    }

    func isAvailable(_ capability: String?) -> Bool {
        capability.map { required.contains($0) } ?? true
    }

    func isAvailable(_ definition: Definition) -> Bool {
        definition.capabilities.isEmpty || definition.capabilities.contains { required.contains($0) }
    }

    // MARK: Code

    /// The number of what a test takes from some header fields.
    mutating func fieldNumber(_ names: [[UInt8]], aspect: String) -> Int {
        texts.number(of: ([aspect] + names.map(\.text)).joined(separator: "\n"), isBody: false)
    }

    /// The number of what a test takes from the body.
    mutating func bodyNumber(_ words: [[UInt8]]) -> Int {
        texts.number(of: (["body"] + words.map(\.text)).joined(separator: "\n"), isBody: true)
    }

    /// The numbers of the regular expressions that a test asks of a text.
    mutating func number(_ patterns: [RequiredLiterals?], of text: Int) -> Range<Int> {
        texts.add(patterns, of: text)
    }

    /// Where the next instruction will stand.
    var here: Int { instructions.count }

    private mutating func put(_ instruction: Instruction) {
        instructions.append(instruction)
        positions.append(position)
    }

    mutating func emit(_ condition: some Condition) {
        demands.depth = max(demands.depth, condition.depth)
        put(.test(condition))
    }

    /// Puts down a test that compares what it reads, behind a gate if it asks by regular expressions.
    mutating func emit(_ condition: some Condition, comparing comparison: Comparison) {
        if let patterns = comparison.patterns {
            put(.gate(Gate(patterns: patterns, end: patterns.upperBound, exit: here + 2)))
        }
        emit(condition)
    }

    mutating func emit(_ operation: some Operation) {
        demands.depth = max(demands.depth, operation.depth)
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
        demands.depth = max(demands.depth, operation.depth)
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
        case .test, .gate, .perform, .set, .negate, .stop: break
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
        var instructions = instructions
        instructions.joinGates()
        return Script(
            name: name,
            demands: demands,
            capabilities: required + brought.filter { !required.contains($0) },
            instructions: instructions,
            positions: positions,
            variableCount: variables.count,
            textsReadAgain: texts.areReadAgain,
            scan: texts.scan(for: instructions, options.patterns)
        )
    }
}
