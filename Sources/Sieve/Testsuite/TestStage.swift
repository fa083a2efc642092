// The world of a test file: the message at hand, folders, outgoing mail, errors, and how the cases went.
// Must not read a file by itself, nor run anything for longer than the engine's limits.

import Mail

/// How one case of a test file went.
package struct TestCase: Sendable, Equatable {
    /// The name in the file.
    package var name: String
    /// The line of the test command.
    package var line: Int
    /// Why it failed; nil if it passed.
    package var failure: String?
}

/// What the commands of `vnd.dovecot.testsuite` act on; one for each test file.
final class TestStage {
    /// A message at rest, with the envelope it came by.
    struct Mail {
        var bytes: [UInt8]
        var from: [UInt8]?
        var to: [UInt8]?
    }

    let folder: String
    private let load: (String) -> [UInt8]?
    var mail: Mail
    var errors: [String] = []
    var mailboxes: [String: [Mail]] = ["INBOX": []]
    var outgoing: [Mail] = []
    var settings = TestSettings()
    var cases: [TestCase] = []
    /// The case that runs, and where its block ends.
    var current: (test: TestCase, end: Int)?
    /// The script that was compiled last.
    var remembered: Script?
    /// Identifiers of messages that have been carried out, and of the one at hand.
    private var seen: Set<Need> = []
    private var asked: Set<Need> = []

    /// - Parameters:
    ///   - folder: the test file's folder
    ///   - load: reads a file; nil if there is none
    init(folder: String, load: @escaping (String) -> [UInt8]?) {
        self.folder = folder
        self.load = load
        mail = Self.mail(
            Array("From: sender@example.com\r\nTo: recipient@example.org\r\nSubject: Frop!\r\n\r\nFriep!\r\n".utf8)
        )
    }

    func variable(_ name: String) -> [UInt8]? { name == "path" ? Array(folder.utf8) : nil }

    // MARK: Messages

    /// A message with the envelope that its header suggests.
    static func mail(_ bytes: [UInt8]) -> Mail {
        let header = HeaderBlock(bytes)
        func first(_ names: [String]) -> [UInt8]? {
            for name in names {
                let octets = Array(name.utf8)
                guard let field = header.fields.first(where: { header.hasName(octets, $0) }) else { continue }
                if let address = header.addresses(of: field).addresses.first { return address.text }
            }
            return nil
        }
        return Mail(
            bytes: bytes,
            from: first(["Return-Path", "Sender", "From"]) ?? Array("sender@example.com".utf8),
            to: first(["Envelope-To", "To"]) ?? Array("recipient@example.com".utf8)
        )
    }

    /// What a script that runs now is told.
    var sharedContext: SharedContext {
        var context = settings.context
        context.size = mail.bytes.count
        context.message = MessageOctets(mail.bytes)
        context.envelopeFrom = mail.from
        context.envelopeTo = mail.to
        context.envelopeOriginalTo = settings.originalTo ?? mail.to
        context.envelopeAuth = settings.auth
        return SharedContext(context, limits: settings.limits)
    }

    // MARK: Scripts

    /// Compiles a script that lies beside the test file.
    func compile(_ path: String) -> Bool {
        errors = []
        remembered = nil
        guard let source = load(resolve(path)) else {
            errors.append("script '\(path)' does not exist")
            return false
        }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let compilation = Compiler(options: options).compile(source, name: name)
        remembered = compilation.script
        let faults = Self.faults(of: compilation, name: name)
        guard let last = faults.last else { return true }
        errors = faults.map { $0.message + "." }
        switch last.stage {
        case .syntax, .aftermath: errors.append("parse failed.")
        case .meaning: errors.append("validation failed.")
        case .inclusion: errors.append("code generation failed.")
        }
        return false
    }

    /// The faults that Pigeonhole counts: it stops reading where nobody can know what belongs together, does not look at
    /// the meaning of a broken text, and stops at the first included script that fails.
    static func faults(of compilation: Compilation, name: String) -> [Diagnostic] {
        let errors = compilation.diagnostics.filter { $0.severity == .error }
        for stage in [Diagnostic.Stage.syntax, .meaning] {
            let found = errors.filter { $0.stage == stage }
            if !found.isEmpty { return found }
        }
        let first = errors.firstIndex { $0.file == name && $0.stage == .inclusion }
        return first.map { Array(errors[...$0]) } ?? []
    }

    /// What scripts of the test are compiled with.
    var options: CompilerOptions {
        var options = CompilerOptions()
        options.limits = settings.limits
        options.allowsTestsuite = true
        options.reportsConsequences = true
        options.includesAreFinal = true
        let (folder, load) = (self.folder, self.load)
        let files = Loader(read: load)
        options.includes = { location, name in
            for ending in [".sieve", ""] {
                let path = "\(folder)/included\(location == .global ? "-global" : "")/\(name)\(ending)"
                if let source = files.read(path) { return source }
            }
            return nil
        }
        return options
    }

    /// Lets the compiler read files; a test file is compiled and run by one thread.
    private struct Loader: @unchecked Sendable {
        let read: (String) -> [UInt8]?
    }

    private func resolve(_ path: String) -> String { path.hasPrefix("/") ? path : "\(folder)/\(path)" }

    /// Runs a script on the message at hand; nil and an error noted if it fails.
    func run(_ script: Script, after actions: ActionList) -> ActionList? {
        errors = []
        var evaluation = Evaluation(
            script,
            header: HeaderBlock(mail.bytes),
            context: sharedContext
        )
        evaluation.machine.actions = actions
        evaluation.machine.stage = self
        switch finish(&evaluation) {
        case nil:
            var actions = evaluation.machine.actions
            actions.implicitKeep = evaluation.machine.implicitKeep
            actions.rewritten = evaluation.machine.rewritten ?? actions.rewritten
            return actions
        case let failure?:
            errors.append(failure.message + ".")
            return nil
        }
    }

    /// Answers what an evaluation asks until it ends.
    func finish(_ evaluation: inout Evaluation) -> Outcome.Failure? {
        while true {
            switch evaluation.run() {
            case .finished(let outcome): return outcome.failure
            case .needs(.size): evaluation.provide(size: mail.bytes.count)
            case .needs(.message): evaluation.provide(message: mail.bytes)
            case .needs(let need): evaluation.provide(answer(need), to: need)
            }
        }
    }

    private func answer(_ need: Need) -> Bool {
        switch need {
        case .duplicate:
            asked.insert(need)
            return seen.contains(need)
        case .hasMailbox(let name): return mailboxes[name.text] != nil
        case .size, .message, .scan, .hasList, .list: return false
        }
    }

    // MARK: Results

    /// Carries out actions; false, with an error noted, if one cannot be: the message as it came is kept then, unless
    /// it has been kept already (RFC 5228 section 2.10.6).
    /// - Parameter message: the message as `replace` and `enclose` have made it
    func execute(_ actions: [Action], message: MessagePieces? = nil) -> Bool {
        errors = []
        seen.formUnion(asked)
        asked = []
        for (index, action) in actions.enumerated() where !execute(action, message: message) {
            if !actions[..<index].contains(where: { $0.kind.keeps }) { mailboxes["INBOX", default: []].append(mail) }
            return false
        }
        return true
    }

    private func execute(_ action: Action, message: MessagePieces?) -> Bool {
        let bytes = message?.joined() ?? edited(by: action)
        switch action.kind {
        case _ where action.kind.keeps:
            mailboxes["INBOX", default: []].append(Mail(bytes: bytes, from: mail.from, to: mail.to))
        case .fileInto(let name, _, let creates):
            guard mailboxes[name] != nil || creates else {
                errors.append("failed to store into mailbox '\(name)': Mailbox doesn't exist: \(name).")
                return false
            }
            mailboxes[name, default: []].append(Mail(bytes: bytes, from: mail.from, to: mail.to))
        case .redirect(let address, _):
            outgoing.append(Mail(bytes: bytes, from: settings.redirectSender(for: mail), to: Array(address.utf8)))
        case .reject(let reason, _):
            guard let from = mail.from, !from.isEmpty else { return true }
            outgoing.append(Mail(bytes: Self.rejection(reason, of: mail), from: [], to: from))
        case .keep, .discard, .addHeader, .deleteHeader, .replace, .enclose: break
        }
        return true
    }

    /// The message with the header as it was when the action ran.
    private func edited(by action: Action) -> [UInt8] {
        guard let header = action.header else { return mail.bytes }
        return header + mail.bytes[HeaderBlock(mail.bytes).range.upperBound...]
    }

    /// What a sender of a rejected message would get, in as few words as tests look at.
    private static func rejection(_ reason: String, of mail: Mail) -> [UInt8] {
        let header = """
            From: Postmaster <postmaster@example.com>
            To: <\((mail.from ?? []).text)>
            Subject: Automatically rejected mail
            Auto-Submitted: auto-replied (rejected)
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type=disposition-notification; boundary="report"

            --report
            Content-Type: text/plain; charset=utf-8

            \(reason)
            --report--

            """
        return Array(header.replacing("\n", with: "\r\n").utf8)
    }
}
