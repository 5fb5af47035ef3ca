#include "src/core/annotate.h"

#include "weft/error.h"

namespace weft::detail {

void rethrow_with(const std::string& suffix) {
  try {
    throw;
  } catch (const ShapeError& e) {
    throw ShapeError(e.what() + suffix);
  } catch (const TypeError& e) {
    throw TypeError(e.what() + suffix);
  } catch (const GraphError& e) {
    throw GraphError(e.what() + suffix);
  } catch (const DataError& e) {
    throw DataError(e.what() + suffix);
  } catch (const FormatError& e) {
    throw FormatError(e.what() + suffix);
  } catch (const NumericError& e) {
    throw NumericError(e.what() + suffix);
  } catch (const std::exception& e) {
    throw Error(e.what() + suffix);
  }
}

}  // namespace weft::detail
