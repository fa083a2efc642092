// An attempt to connect to one of several places: a name's addresses one after the other, the next one beside the last where
// that takes long (RFC 8305). Must not call back from within the call that begins it.

import Glibc
package import NIOCore

/// Why no connection could be made.
package enum DialError: Error {
    /// The name has no address.
    case unknownHost(String)
    /// The domain names no server for the service.
    case noService(String)
    /// Nobody can say now which addresses the name has: no name server answers, or one that has failed.
    case nameServiceFailed(String)
    case timedOut
    /// Whoever dials does not want any of the addresses.
    case forbidden(SocketAddress)
}

/// Belongs to its loop's thread. Ends with one call of `completion`, unless it is given up before.
package final class Dial {
    /// What is wanted of the connection.
    package struct Settings {
        /// For all places together; each has its share of what is left.
        package var timeout: TimeAmount
        /// Those that did not answer lately are tried last.
        package var reachability: Reachability?
        /// Asked for each address before it is tried.
        package var isForbidden: (SocketAddress) -> Bool

        package init(
            timeout: TimeAmount,
            reachability: Reachability? = nil,
            isForbidden: @escaping (SocketAddress) -> Bool = { _ in false }
        ) {
            self.timeout = timeout
            self.reachability = reachability
            self.isForbidden = isForbidden
        }
    }

    package typealias Completion = (Result<Connection, any Error>) -> Void

    private let loop: Loop
    private let settings: Settings
    private let deadline: NIODeadline
    private var completion: Completion?
    private var places: ArraySlice<Endpoint> = []
    /// The one that is tried; in the end the one that has answered.
    package private(set) var place: Endpoint?
    /// A name server is asked about it.
    private var isLookingUp = false
    private var addresses: ArraySlice<SocketAddress> = []
    private var attempts: [DialAttempt] = []
    private var attemptsMade = 0
    /// The first that went wrong, for whoever asks when all have.
    private var error: (any Error)?
    private var timeout: LoopTimer?
    private var nextAttempt: LoopTimer?

    private init(on loop: Loop, _ settings: Settings, _ completion: @escaping Completion) {
        self.loop = loop
        self.settings = settings
        self.completion = completion
        deadline = .now() + settings.timeout
    }

    /// Begins to connect to one of several places, in their order.
    package static func begin(
        to places: [Endpoint],
        on loop: Loop,
        _ settings: Settings,
        _ completion: @escaping Completion
    ) -> Dial {
        let dial = Dial(on: loop, settings, completion)
        dial.places = (settings.reachability?.sorted(places) ?? places)[...]
        dial.nextPlace()
        return dial
    }

    package static func begin(
        host: String,
        port: Int,
        on loop: Loop,
        _ settings: Settings,
        _ completion: @escaping Completion
    ) -> Dial {
        begin(to: [.host(host, port: port)], on: loop, settings, completion)
    }

    /// Nobody wants the connection any more.
    package func giveUp() {
        completion = nil
        stop()
    }

    // MARK: Places

    /// Begins with the next place; what was found out about the last one is not wanted any more.
    private func nextPlace() {
        stop()
        guard completion != nil else { return }
        guard let next = places.popFirst() else {
            place = nil
            return loop.giveTurn(to: self)
        }
        place = next
        let share = (deadline - .now()).nanoseconds / Int64(places.count + 1)
        timeout = loop.after(.nanoseconds(share)) { [weak self] in self?.timedOut() }
        switch next {
        case .host(let host, let port): begin(host, port)
        case .socket(let path): begin(path)
        case .service(let name):
            isLookingUp = true
            let bound = NIOLoopBound(self, eventLoop: loop)
            loop.resolver.services(name, on: loop) { bound.value.resolved(name, $0) }
        }
    }

    private func begin(_ host: String, _ port: Int) {
        if let address = try? SocketAddress(ipAddress: host, port: port) {
            addresses = [address]
            return loop.giveTurn(to: self)
        }
        let place = Endpoint.host(host, port: port)
        isLookingUp = true
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.resolver.resolve(host: host, port: port, on: loop) { answer in
            let dial = bound.value
            // It may be late, and about a place that is not tried any more.
            if dial.isLookingUp, dial.place == place { dial.resolved(host, answer) }
        }
    }

    private func begin(_ path: String) {
        do {
            addresses = [try SocketAddress(unixDomainSocketPath: path)]
        } catch {
            self.error = self.error ?? error
        }
        loop.giveTurn(to: self)
    }

    private func resolved(_ host: String, _ answer: Resolver.Answer) {
        isLookingUp = false
        switch answer {
        case .failure(let error): fail(error)
        case .success(let found) where found.isEmpty: fail(DialError.unknownHost(host))
        case .success(let found):
            addresses = likeliest(found.interleaved.prefix(Limits.attempts))
            tryNext()
        }
    }

    private func likeliest(_ addresses: ArraySlice<SocketAddress>) -> ArraySlice<SocketAddress> {
        guard addresses.count > 1, let reachability = settings.reachability else { return addresses }
        let known = Dictionary(addresses.map { (Endpoint($0), $0) }) { first, _ in first }
        return reachability.sorted(addresses.map { Endpoint($0) }).compactMap { known[$0] }[...]
    }

    /// The servers of a service take its place.
    private func resolved(_ name: String, _ answer: Resolver.Services) {
        guard isLookingUp, place == .service(name) else { return }
        isLookingUp = false
        switch answer {
        case .failure(let error): fail(error)
        case .success(let found) where found.isEmpty: fail(DialError.noService(name))
        case .success(let found):
            var generator = SystemRandomNumberGenerator()
            let servers = found.ordered(by: &generator).prefix(Limits.servers)
            let named = servers.map { Endpoint.host($0.target, port: $0.port) }
            places = (settings.reachability?.sorted(named) ?? named)[...] + places
            nextPlace()
        }
    }

    private func timedOut() {
        error = DialError.timedOut
        fail(DialError.timedOut)
    }

    /// The place is of no use now; the next one may be.
    private func fail(_ reason: any Error) {
        error = error ?? reason
        if let place, isItsFault(reason) { settings.reachability?.failed(place) }
        for attempt in attempts { settings.reachability?.failed(Endpoint(attempt.address)) }
        nextPlace()
    }

    /// Descriptors, memory and ports that are wanting here say nothing of anybody else.
    private func isItsFault(_ error: any Error) -> Bool {
        guard let error = error as? IOError else { return true }
        return ![EMFILE, ENFILE, ENOBUFS, ENOMEM, EAGAIN, EADDRNOTAVAIL].contains(error.errnoCode)
    }

    // MARK: Addresses

    /// Begins with the next address that can be tried.
    private func tryNext() {
        nextAttempt?.cancel()
        nextAttempt = nil
        while completion != nil, let address = addresses.popFirst() {
            guard !settings.isForbidden(address) else {
                error = DialError.forbidden(address)
                continue
            }
            do throws(IOError) {
                attempts.append(try DialAttempt(to: address, number: attemptsMade, of: self, on: loop))
                attemptsMade += 1
            } catch {
                note(error, address)
                continue
            }
            if !addresses.isEmpty {
                nextAttempt = loop.after(Limits.attemptDelay) { [weak self] in self?.tryNext() }
            }
            return
        }
        guard attempts.isEmpty, completion != nil else { return }
        // Nothing is told from within a call that others have made.
        if place != nil { fail(error ?? DialError.timedOut) } else { end(.failure(error ?? DialError.timedOut)) }
    }

    private func note(_ error: IOError, _ address: SocketAddress) {
        self.error = self.error ?? error
        if isItsFault(error) { settings.reachability?.failed(Endpoint(address)) }
    }

    fileprivate func failed(_ attempt: DialAttempt, _ error: IOError) {
        attempts.removeAll { $0 === attempt }
        note(error, attempt.address)
        tryNext()
    }

    fileprivate func connected(_ attempt: DialAttempt, _ readiness: Readiness) {
        attempts.removeAll { $0 === attempt }
        // Whoever was tried before and is later has had a quarter of a second at least.
        for late in attempts where late.number < attempt.number {
            settings.reachability?.failed(Endpoint(late.address))
        }
        settings.reachability?.answered(Endpoint(attempt.address))
        if let place { settings.reachability?.answered(place) }
        let connection = Connection(
            attempt.socket,
            remoteAddress: attempt.address,
            on: loop,
            allowsHalfClosure: false
        )
        loop.poll.replace(attempt.socket.descriptor, by: connection)
        end(.success(connection))
        // What came with the connection is not told again.
        connection.ready(readiness)
    }

    private func end(_ result: Result<Connection, any Error>) {
        let completion = completion
        self.completion = nil
        stop()
        completion?(result)
    }

    private func stop() {
        timeout?.cancel()
        nextAttempt?.cancel()
        isLookingUp = false
        addresses = []
        for attempt in attempts { attempt.close() }
        attempts = []
    }
}

extension Dial: TurnTaker {
    func turn() {
        // Begun with another place meanwhile.
        if !isLookingUp { tryNext() }
    }
}

extension Endpoint {
    fileprivate init(_ address: SocketAddress) {
        self = .host(address.ipAddress ?? address.pathname ?? "", port: address.port ?? 0)
    }
}

extension [SocketAddress] {
    /// One of each family in turn, and first of that which is first (RFC 8305 section 4): where one family leads nowhere, the
    /// other one is not behind all of its addresses.
    var interleaved: [SocketAddress] {
        guard let first else { return [] }
        let (same, other) = (filter { $0.protocol == first.protocol }, filter { $0.protocol != first.protocol })
        let pairs = zip(same, other).flatMap { [$0, $1] }
        return pairs + same.dropFirst(other.count) + other.dropFirst(same.count)
    }
}

/// One address.
private final class DialAttempt: EventSource {
    let address: SocketAddress
    /// In the order in which they were begun.
    let number: Int
    let socket: Socket
    private let loop: Loop
    private weak var dial: Dial?

    init(to address: SocketAddress, number: Int, of dial: Dial, on loop: Loop) throws(IOError) {
        self.address = address
        self.number = number
        self.dial = dial
        self.loop = loop
        socket = try Socket(family: address.family)
        do throws(IOError) {
            socket.setOption(CInt(IPPROTO_TCP), TCP_NODELAY, 1)
            if case .failed(let number) = socket.connect(to: address) {
                throw IOError(errnoCode: number, reason: "connect")
            }
            try loop.poll.add(self, socket.descriptor, for: EventPoll.stream)
        } catch {
            socket.close()
            throw error
        }
    }

    func close() {
        loop.poll.forget(socket.descriptor)
        socket.close()
    }

    func loopEnded() { socket.close() }

    func ready(_ readiness: Readiness) {
        guard readiness.output, let dial else { return }
        let error = socket.pendingError
        guard error == 0 else {
            close()
            return dial.failed(self, IOError(errnoCode: error, reason: "connect"))
        }
        dial.connected(self, readiness)
    }
}
