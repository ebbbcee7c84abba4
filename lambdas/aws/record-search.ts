// Stands where the search over the indexes of table `sessions` will: there are none yet, so each search is answered by 503,
// once the look is on record. Sessions are read whole without it.

import { CountersignError } from "../boundary/errors.ts";
import type { RecordSearch } from "../recording/search-ports.ts";

export function createRecordSearch(): RecordSearch {
  return {
    search: () => Promise.reject(new CountersignError("internal", "records cannot be searched yet")),
  };
}
