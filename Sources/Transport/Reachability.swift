// Which places and addresses did not answer lately: they are tried last.
// Must not forbid anything: where nobody has answered, all are tried all the same.

package import NIOCore
import Synchronization

/// What all loops have found out; safe to use from each.
package final class Reachability: Sendable {
    /// How long one that has not answered is tried last.
    private let pause: TimeAmount
    /// Places that are remembered; beyond it only those whose time is not over.
    private let most: Int
    /// Until when nobody expects an answer.
    private let dead = Mutex<[Endpoint: NIODeadline]>([:])

    package init(pause: TimeAmount = .seconds(30), most: Int = 1_024) {
        self.pause = pause
        self.most = most
    }

    /// Those that may answer first, each in its order. One whose time is over is tried in its place by whoever asks first: for
    /// all others it is dead until he knows.
    package func sorted(_ places: [Endpoint], at now: NIODeadline = .now()) -> [Endpoint] {
        guard places.count > 1 else { return places }
        return dead.withLock { dead in
            guard !dead.isEmpty else { return places }
            let isDead = places.map { place in
                guard let until = dead[place] else { return false }
                if until <= now { dead[place] = now + pause }
                return until > now
            }
            return zip(places, isDead).filter { !$0.1 }.map(\.0) + zip(places, isDead).filter(\.1).map(\.0)
        }
    }

    package func failed(_ place: Endpoint, at now: NIODeadline = .now()) {
        dead.withLock { dead in
            if dead.count >= most, dead[place] == nil { dead = dead.filter { $0.value > now } }
            guard dead.count < most || dead[place] != nil else { return }
            dead[place] = now + pause
        }
    }

    package func answered(_ place: Endpoint) {
        dead.withLock { dead in
            guard !dead.isEmpty else { return }
            dead[place] = nil
        }
    }
}
