// The program under test: settings written to a file, `popsieve serve` as a child process.
// Must not reach into it: what it does is seen from outside.

import Foundation

/// A running relay.
struct Popsieve: Sendable {
    /// Where it listens, in the order of the settings.
    let addresses: [Address]
    let pid: pid_t
    let audit: AuditTrail
    let folder: Folder

    var address: Address { addresses[0] }

    /// What goes into the settings file.
    struct Settings: Sendable {
        enum Encryption: String, Sendable, CaseIterable {
            case none
            case implicit
            case starttls
        }

        struct Listener: Sendable {
            var encryption = Encryption.none
            var host = "127.0.0.1"
            /// 0 lets the system choose.
            var port = 0
            var certificate: Certificates.Pair?
            /// Further keys, in the flow style of YAML.
            var more: String?
            /// Of a Unix socket, in place of host and port.
            var path: String?
        }

        struct Upstream: Sendable {
            var address: Address
            var encryption = Encryption.none
            var authority: String?
            var name: String?
            var trustedHops = 0
            /// Whether its name may lead to this machine.
            var isLocal = false
            /// How many sessions the relay may have with it; nil: any number.
            var sessions: Int?
            /// By what the relay logs in; nil: as it likes.
            var logins: [String]?
            /// Further keys, in the flow style of YAML.
            var more: String?
            /// Says where it is, in place of the address.
            var place: String?
        }

        var listeners = [Listener()]
        var upstreams: [(name: String, Upstream)]
        var routes: [(user: String, upstream: String)] = []
        /// Name of the file (without its ending) and script.
        var rules: [String: String] = [:]
        /// The quarantine's folder, as the settings file has it; nil: the default place.
        var quarantine: String? = "none"
        /// The file that verdicts are remembered in, as the settings file has it; nil: the default place.
        var store: String? = "none"
        /// The control socket, as the settings file has it; nil: the default place.
        var control: String? = "none"
        /// What a test is about; all others never come while it runs.
        var timeouts: [Timeout: String] = [:]
        /// Further lines of the settings file.
        var more = ""
        /// Further files beside it, with their texts.
        var files: [String: String] = [:]
        /// How many files and connections it may have open; nil: as many as the tests.
        var descriptors: Int?
        /// What may befall its files; nil: nothing.
        var faults: Faults?
        /// A disk that it sees, and nobody else.
        var disk: SmallDisk?
        /// The network that it is in; nil: where the tests are.
        var namespace: Namespace?

        init(upstream: Upstream) {
            upstreams = [("main", upstream)]
        }

        init(upstream address: Address) {
            self.init(upstream: Upstream(address: address))
        }

        static func relaying(to address: Address, rule: String? = nil) -> Settings {
            var settings = Settings(upstream: address)
            settings.rules = rule.map { ["10-test": $0] } ?? [:]
            return settings
        }
    }

    /// Serves while `body` runs, and ends in order.
    ///
    /// - Throws: what `body` throws, and `Ended` when the relay did not end well.
    static func serving<Result>(
        _ settings: Settings,
        in parent: Folder,
        _ body: (Popsieve) async throws -> Result
    ) async throws -> Result {
        let (result, status) = try await running(settings, in: parent, body)
        let errors = try Folder(path: parent["relay"]).read("popsieve.err").suffix(2_000)
        guard status == 0 else { throw Failed(status: status, log: String(decoding: errors, as: UTF8.self)) }
        return result
    }

    /// The same for a relay that may end in any way.
    static func running<Result>(
        _ settings: Settings,
        in parent: Folder,
        _ body: (Popsieve) async throws -> Result
    ) async throws -> (Result, status: Int32) {
        let folder = try parent.folder("relay")
        try await write(settings, in: folder)
        let audit = AuditTrail(path: folder["audit.jsonl"])
        let serve = ["serve", "--config", folder["popsieve.yaml"]] + lookedInto
        let (path, arguments) = try unprivileged(serve, settings)
        defer { Secrets.check(folder) }
        return try await Child.serving(path: path, arguments, in: folder, name: "popsieve") { pid in
            let started: AuditLine
            do {
                started = try await audit.waitFor("service_started")[0]
            } catch {
                throw NotStarted(
                    log: (try? folder.read("popsieve.err")).map { String(decoding: $0, as: UTF8.self) } ?? ""
                )
            }
            let addresses = (started["listeners"]?.list ?? []).compactMap { $0.text.flatMap(Address.init(parsing:)) }
            return try await body(Popsieve(addresses: addresses, pid: pid, audit: audit, folder: folder))
        }
    }

    /// Without privileges the tests could not look into a process that keeps its memory to itself.
    static let lookedInto = getuid() == 0 ? [] : ["--allow-core-dumps"]

    /// A relay needs no privileges, so root lets it run without any.
    private static func unprivileged(
        _ arguments: [String],
        _ settings: Settings
    ) throws -> (path: String, arguments: [String]) {
        var command = (settings.faults?.prefix ?? []) + [Built.popsieve] + arguments
        if let limit = settings.descriptors {
            command = [try Program.prlimit.path(), "--nofile=\(limit):\(limit)"] + command
        }
        if getuid() == 0 { command = [try Program.setpriv.path(), "--bounding-set=-all", "--inh-caps=-all"] + command }
        if let disk = settings.disk { command = try disk.prefix + command }
        if let namespace = settings.namespace { command = try namespace.prefix + command }
        return (command[0], Array(command.dropFirst()))
    }

    /// Writes the settings and the rules, as a person would.
    static func write(_ settings: Settings, in folder: Folder) async throws {
        let rules = try folder.folder("rules")
        for (name, script) in settings.rules { try rules.write(name + ".sieve", script) }
        for (name, text) in settings.files { try folder.write(name, text) }
        var text = settings.quarantine.map { "quarantine: \($0)\n" } ?? ""
        text += settings.store.map { "store: \($0)\n" } ?? ""
        text += settings.control.map { "control: \($0)\n" } ?? ""
        text += "listeners:\n"
        for listener in settings.listeners {
            let address = listener.path.map { "unix:\($0)" } ?? "\(listener.host):\(listener.port)"
            text += "  - { address: \"\(address)\", tls: \(listener.encryption)"
            if listener.encryption != .none {
                let pair = if let pair = listener.certificate { pair } else { try await Certificates.shared().good }
                text += ", certificate: \"\(pair.certificate)\", key: \"\(pair.key)\""
            }
            if let more = listener.more { text += ", \(more)" }
            text += " }\n"
        }
        text += "upstreams:\n"
        for (name, upstream) in settings.upstreams {
            let place = upstream.place ?? "host: \(upstream.address.host), port: \(upstream.address.port)"
            text += "  \(name): { \(place)"
            text += ", tls: \(upstream.encryption)"
            if let authority = upstream.authority { text += ", ca: \"\(authority)\"" }
            if let name = upstream.name { text += ", name: \(name)" }
            if upstream.isLocal { text += ", local: true" }
            if let sessions = upstream.sessions { text += ", sessions: \(sessions)" }
            if let logins = upstream.logins { text += ", login: [\(logins.joined(separator: ", "))]" }
            if let more = upstream.more { text += ", \(more)" }
            if upstream.trustedHops > 0 { text += ", trusted-hops: \(upstream.trustedHops)" }
            text += " }\n"
        }
        if !settings.routes.isEmpty { text += "routes:\n" }
        for (user, upstream) in settings.routes { text += "  - { user: \"\(user)\", upstream: \(upstream) }\n" }
        text += "rules: \"\(rules.path)\"\naudit: \"\(folder["audit.jsonl"])\"\n"
        text += Timeout.setting(settings.timeouts) + settings.more
        try folder.write("popsieve.yaml", text)
    }

    /// Where others find what has this path for the relay, also on a disk that nobody else sees; as long as it runs.
    func seen(_ path: String) -> String { "/proc/\(pid)/root\(path)" }

    func reload() {
        kill(pid, SIGHUP)
    }

    /// Whether it runs; one that has ended is a zombie as long as the test lasts.
    var isAlive: Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else { return false }
        return !status.contains("State:\tZ")
    }

    /// The last that it said.
    var lastWords: String { (try? String(log().suffix(1_500))) ?? "" }

    /// Memory in use, in octets.
    func residentSize() throws -> Int { try memory("VmRSS") }

    /// The most memory that was ever in use, in octets.
    func peakSize() throws -> Int { try memory("VmHWM") }

    private func memory(_ what: String) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix(what + ":") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1_024
    }

    /// All that it has ever read, from files and connections, in octets.
    func octetsRead() throws -> Int {
        let counters = try String(contentsOfFile: "/proc/\(pid)/io", encoding: .utf8)
        let line = counters.split(separator: "\n").first { $0.hasPrefix("rchar:") }
        return line?.split(separator: " ").last.flatMap { Int($0) } ?? 0
    }

    /// How many files and connections it has open.
    func openFiles() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
    }

    /// What they are.
    func descriptors() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").map { number in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\(number)")) ?? number
        }
    }

    /// The highest number of a file or connection that it has open.
    func highestDescriptor() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").compactMap { Int($0) }.max() ?? 0
    }

    /// Files that have no name: messages that are held back.
    func heldFiles() throws -> Int {
        let folder = "/proc/\(pid)/fd"
        return try FileManager.default.contentsOfDirectory(atPath: folder).count { number in
            let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(number)")
            return path?.contains("/#") == true && path?.hasSuffix("(deleted)") == true
        }
    }

    /// Programs that it has started and that have not ended.
    func children() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task").flatMap { thread in
            ((try? String(contentsOfFile: "/proc/\(pid)/task/\(thread)/children", encoding: .utf8)) ?? "")
                .split(separator: " ").map(String.init)
        }
    }

    /// Nothing more can be opened from now on, whatever is closed; or so many numbers are allowed again.
    func allowOpenFiles(_ count: Int?) async throws {
        hurry()
        // Those below are always in use.
        let ended = try await Child.run(.prlimit, ["--pid=\(pid)", "--nofile=\(count ?? 3):"], in: folder)
        guard ended.status == 0 else { throw Failed(status: ended.status, log: ended.errors) }
    }

    /// It gets so many octets of address space more than it has, and not one beyond.
    func allowMemory(more octets: Int) async throws {
        let most = try memory("VmSize") + octets
        let ended = try await Child.run(.prlimit, ["--pid=\(pid)", "--as=\(most):"], in: folder)
        guard ended.status == 0 else { throw Failed(status: ended.status, log: ended.errors) }
    }

    /// Lets its threads go before those of other tests, where this user may. Where tasks wait for a thread, libdispatch
    /// looks once a second what its threads do, by files in `/proc`, and ends the process where it can't open them.
    private func hurry() {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        for thread in threads.compactMap(id_t.init) { _ = setpriority(.init(PRIO_PROCESS.rawValue), thread, -15) }
    }

    /// What it wrote to standard error.
    func log() throws -> String {
        String(decoding: try folder.read("popsieve.err"), as: UTF8.self)
    }

    struct Failed: Error {
        let status: Int32
        let log: String
    }

    struct NotStarted: Error {
        let log: String
    }
}

extension Address {
    /// `HOST:PORT`, where the host may be an IPv6 address in brackets.
    init?(parsing text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]) else { return nil }
        self.init(host: text[..<colon].trimmingCharacters(in: ["[", "]"]), port: port)
    }
}
