/* confdefs.h */
#define PACKAGE_NAME "stop"
#define PACKAGE_TARNAME "stop"
#define PACKAGE_VERSION "0.1.0"
#define PACKAGE_STRING "stop 0.1.0"
#define PACKAGE_BUGREPORT ""
#define PACKAGE_URL ""
#define PACKAGE "stop"
#define VERSION "0.1.0"
