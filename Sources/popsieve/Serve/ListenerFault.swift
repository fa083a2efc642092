// A listener that can't be had: where it is set, why, and what to do.

import Glibc
import Relay

extension Finding {
    init(_ error: Relay.ListenError, _ loaded: Loaded) {
        switch error {
        case .unclaimed(let address, _):
            let fix = "add { address: \"\(address)\" } to \"listeners\", or take it out of the socket unit"
            self.init(loaded.settingsFile.map { Place(file: $0) } ?? .program, .error, error.description, fix)
        case .refused(let address, _, _):
            let index = loaded.configuration.listeners.firstIndex { $0.description == address }
            let place = index.flatMap { loaded.listenerPlaces.indices.contains($0) ? loaded.listenerPlaces[$0] : nil }
            let other = place?.line == nil ? "choose another with --listen" : "set another here"
            let fix = error.finder.map { "\($0), or \(other)" } ?? other
            self.init(place ?? .program, .error, error.description, fix)
        }
    }
}

extension Relay.ListenError {
    /// How to find what is in the way.
    var finder: String? {
        switch self {
        case .refused(let address, _, EADDRINUSE) where address.hasPrefix("unix:"):
            "a socket in use, or a file that is none, is there: ls -l \(address.dropFirst(5))"
        case .refused(let address, _, EADDRINUSE):
            "see which with: sudo ss -ltnp 'sport = :\(address.split(separator: ":").last ?? "")'"
        case .refused(_, _, EADDRNOTAVAIL): "see which it has with: ip address"
        case .refused, .unclaimed: nil
        }
    }
}
