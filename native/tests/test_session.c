void test_session(void);
void test_session(void) {}
